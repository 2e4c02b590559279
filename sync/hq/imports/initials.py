"""Pinyin initials of a name, so that tills need not compute them (protocol.md, pull)."""

from __future__ import annotations

import re
from functools import cache

_WORD = re.compile(r"[a-z0-9]+", re.ASCII)
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003134f]")


def initials(name: str) -> str:
    """儿童羽绒服 -> etyrf, POLO衫 -> polos; of a name without Han characters each word's first letter."""
    lower = name.lower()
    if not _HAN.search(lower):
        return "".join(word[0] for word in _WORD.findall(lower))
    return "".join(_initial(sign) for sign in lower)


@cache
def _initial(sign: str) -> str:
    """Kept per character: names share some thousands of them."""
    if sign.isascii():
        return sign if sign.isalnum() else ""
    if not _HAN.match(sign):
        return ""
    from pypinyin import Style, lazy_pinyin

    found = lazy_pinyin(sign, style=Style.FIRST_LETTER)[0]
    return found if found.isascii() and found.isalpha() else ""
