"""Put words into both ``resources/i18n/*.ts``: lines ``id | Chinese | English`` on standard input.

English may be ``one // many`` where a number ``{n}`` decides. An id that exists is changed; the files stay sorted.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "i18n"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
PARTS = 3


def load(language: str) -> dict[str, list[str]]:
    """Id -> forms of what is there already."""
    path = FOLDER / f"posclient_{language}.ts"
    if not path.exists():
        return {}
    found = {}
    for message in ET.parse(path).iter("message"):  # noqa: S314  our own file
        forms = [form.text or "" for form in message.findall("translation/numerusform")]
        found[message.attrib["id"]] = forms or [message.findtext("translation", "")]
    return found


def save(language: str, words: dict[str, list[str]]) -> None:
    """One message a line, sorted by id."""
    root = ET.Element("TS", version="2.1", language=language)
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name")
    for name in sorted(words):
        forms = words[name]
        plural = {"numerus": "yes"} if len(forms) > 1 else {}
        message = ET.SubElement(context, "message", {"id": name} | plural)
        translation = ET.SubElement(message, "translation")
        if plural:
            for form in forms:
                ET.SubElement(translation, "numerusform").text = form
        else:
            translation.text = forms[0]
    text = ET.tostring(root, encoding="unicode")
    text = text.replace("<message", "\n<message").replace("</context>", "\n</context>")
    (FOLDER / f"posclient_{language}.ts").write_text(HEAD + text + "\n", encoding="utf-8")


def main() -> int:
    """Read, put in, write."""
    chinese, english = load("zh_CN"), load("en")
    for line in sys.stdin.read().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) != PARTS:
            print(f"not `id | Chinese | English`: {line}", file=sys.stderr)
            return 2
        chinese[parts[0]] = [parts[1]]
        english[parts[0]] = [form.strip() for form in parts[2].split(" // ")]
    save("zh_CN", chinese)
    save("en", english)
    return 0


if __name__ == "__main__":
    sys.exit(main())
