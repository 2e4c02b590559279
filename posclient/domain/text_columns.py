"""Texts in columns of a receipt printer: an ASCII sign is one column wide, a Chinese one two.

GB printers draw every sign that is not ASCII two columns wide, also those whose East Asian width is ambiguous (×, é),
so that is how they are measured; half-width kana are one. Most libraries wrap by characters instead (T-64).
"""

from __future__ import annotations

import unicodedata

#: The yen sign U+00A5 is in no GB table; its full-width form is (T-64: "¥" printed as "0 6").
_YEN = {0xA5: "\uffe5", 0x20AC: "EUR"}


def clean_text(text: str) -> str:
    """What may stand on paper: composed, without control, joining and direction signs; any white space is one blank."""
    composed = unicodedata.normalize("NFC", text).translate(_YEN)
    visible = (
        " " if sign.isspace() else sign for sign in composed if sign.isspace() or unicodedata.category(sign)[0] != "C"
    )
    return "".join(sign for sign in visible if unicodedata.combining(sign) == 0)


def sign_width(sign: str) -> int:
    """Columns of one cleaned sign."""
    return 1 if sign.isascii() or unicodedata.east_asian_width(sign) == "H" else 2


def text_width(text: str) -> int:
    """Columns of a cleaned text."""
    return sum(map(sign_width, text))


def fit(text: str, columns: int) -> str:
    """As much of ``text`` as fits."""
    used = 0
    for place, sign in enumerate(text):
        used += sign_width(sign)
        if used > columns:
            return text[:place]
    return text


def wrap(text: str, columns: int) -> tuple[str, ...]:
    """Rows of at most ``columns`` (2 or more), broken at a blank where there is one in the row's second half."""
    rows = []
    rest = text.strip()
    while text_width(rest) > columns:
        row = fit(rest, columns)
        blank = row.rfind(" ") if not rest[len(row)].isspace() else len(row)
        if blank > len(row) // 2:
            row = rest[:blank]
        rows.append(row.rstrip())
        rest = rest[len(row) :].lstrip()
    return (*rows, rest)
