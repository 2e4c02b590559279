"""The words of the window and the command line, in the language chosen now.

``resources/i18n/posclient_<language>.ts`` are Qt Linguist files with ids, read as they are: a new language is one more
file and no code. No Qt here, for the command line speaks too. The language is the program's, as in Qt itself.
"""

from __future__ import annotations

import locale
from functools import cache
from typing import Any

from resources import FOLDER

#: First of the two; the other one fills in where a language lacks a word.
DEFAULT = "zh_CN"

_current = DEFAULT


def languages() -> tuple[str, ...]:
    """Every language that there is a file for, the default first."""
    names = sorted(one.name for one in (FOLDER / "i18n").iterdir() if one.name.endswith(".ts"))
    found = [name.removeprefix("posclient_").removesuffix(".ts") for name in names]
    return tuple(sorted(found, key=lambda name: name != DEFAULT))


def use_language(name: str) -> None:
    """Speak ``name`` from now on; ``system`` is Chinese on a Chinese system, else English."""
    global _current  # noqa: PLW0603  one window, one language, as with Qt's own translator
    if name == "system":
        name = DEFAULT if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
    _current = name if name in languages() else DEFAULT


def language() -> str:
    """What is spoken now."""
    return _current


def tr(key: str, /, **params: Any) -> str:
    """The words for ``key``, with ``{name}`` filled from ``params``; ``n`` picks singular or plural.

    Values are put in as they are: braces in a customer's name mean nothing.
    """
    forms = words(_current).get(key) or words(DEFAULT).get(key) or (key,)
    form = forms[0] if len(forms) == 1 or params.get("n") == 1 else forms[-1]
    return form.format(**params)


def known(key: str) -> bool:
    """Is there a word for ``key``?"""
    return key in words(DEFAULT)


@cache
def words(name: str) -> dict[str, tuple[str, ...]]:
    """Id -> forms (one, or singular and plural) of one language."""
    return _Reader().read((FOLDER / "i18n" / f"posclient_{name}.ts").read_bytes())


class _Reader:
    """Reads a .ts file by events: a tree of it would take four times as long, and the login waits for its words."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, ...]] = {}
        self._id, self._text = "", ""
        self._forms: list[str] = []

    def read(self, data: bytes) -> dict[str, tuple[str, ...]]:
        from xml.parsers.expat import ParserCreate

        parser = ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._begin, self._end
        parser.CharacterDataHandler = self._add
        parser.Parse(data, True)
        return self._found

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "message":
            self._id, self._forms = attributes["id"], []
        self._text = ""

    def _add(self, text: str) -> None:
        self._text += text

    def _end(self, tag: str) -> None:
        if tag == "numerusform":
            self._forms.append(self._text)
        elif tag == "translation":
            self._found[self._id] = tuple(self._forms) or (self._text,)
