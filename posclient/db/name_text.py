"""How names are cut for the full-text index, and a search text for its query: the two must agree.

Words of letters and digits stay whole; every Han sign and every other sign stands alone, since most Chinese searches
are two signs long (stack.md, SQLite). So any text can be searched for as it is (field_failures.md S-4).
"""

from __future__ import annotations

import re

#: Signs that words are made of: letters and digits, but of the scripts that write without spaces.
_IN_WORD = re.compile(
    r"[^\W_\u1100-\u11ff\u2e80-\u2fdf\u3005-\u30ff\u3130-\u318f\u31a0-\ua4cf\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
)


class _Spacing(dict[int, str]):
    """For ``str.translate``: every sign that stands alone gets room around it. Learns signs as they come."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        self[code] = sign if _IN_WORD.match(sign) or sign.isspace() else f" {sign} "
        return self[code]


_SPACING = _Spacing()
#: NUL ends a text for SQLite; a lone surrogate is no character.
_UNSEARCHABLE = re.compile("[\x00\ud800-\udfff]")
#: A longer text names nothing.
LONGEST = 200
MOST_WORDS = 12


def spaced(name: str) -> str:
    """``name`` with room around every sign that stands alone."""
    return name.translate(_SPACING)


def match_query(text: str) -> str | None:
    """An FTS5 query for all words of ``text``, the last one as a beginning; None where nothing can match."""
    words = [spaced(word).split() for word in text.split()]
    if not words or len(text) > LONGEST or len(words) > MOST_WORDS or _UNSEARCHABLE.search(text):
        return None
    phrases = [" ".join(signs).replace('"', '""') for signs in words]
    beginning = " *" if _IN_WORD.match(words[-1][-1]) else ""  # a sign that stands alone is whole
    return " ".join(f'"{phrase}"' for phrase in phrases) + beginning
