"""Reads ``i18n/posclient_<language>.ts``: Qt Linguist files with ids, read as they are, without Qt."""

from __future__ import annotations

from functools import cache

from resources import FOLDER

#: First of the two; the other one fills in where a language lacks a word.
DEFAULT = "zh_CN"


@cache
def words(name: str) -> dict[str, tuple[str, ...]]:
    """Id -> forms (one, or singular and plural) of one language."""
    return _Reader().read((FOLDER / "i18n" / f"posclient_{name}.ts").read_bytes())


def said_in(name: str, key: str, /, **params: object) -> str:
    """The words for ``key`` in language ``name``, with ``{name}`` filled from ``params``; ``n`` picks the form.

    Values are put in as they are: braces in a customer's name mean nothing. Nor do those of a key that has no words: a
    part of it may be what a till has sent.
    """
    forms = words(name).get(key) or words(DEFAULT).get(key)
    if forms is None:
        return key
    form = forms[0] if len(forms) == 1 or params.get("n") == 1 else forms[-1]
    return form.format(**params)


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
