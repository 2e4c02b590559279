"""Article numbers: GTIN-8, UPC-A, EAN-13, GTIN-14 and the same with zeros in front are one number (T-37)."""

from __future__ import annotations

from posclient.errors import InputError

#: A shorter number is never taken for a GTIN: a quantity or a short in-house number would pass one time in ten.
FEWEST_DIGITS = 8
#: ASCII digits to their values.
_DIGITS = bytes.maketrans(b"0123456789", bytes(range(10)))


def is_digits(text: str) -> bool:
    """Digits 0-9 alone; ``str.isdigit`` also takes Arabic and superscript ones (S-5)."""
    return text.isascii() and text.isdigit()


def check_digit(body: str) -> int:
    """The modulo-10 digit that belongs behind ``body`` (GS1 General Specifications, 7.9.1)."""
    if not is_digits(body):
        raise InputError("not_digits", text=body[:40])
    return -_weighted(f"{body}0") % 10


def _weighted(digits: str) -> int:
    """The digits summed, every other one from the last but one on threefold. A first load asks a million times."""
    values = digits.encode().translate(_DIGITS)
    return sum(values[::-2]) + 3 * sum(values[-2::-2])


def has_check_digit(digits: str) -> bool:
    """Is the last of at least two digits the check digit of the others?"""
    return len(digits) > 1 and is_digits(digits) and _weighted(digits) % 10 == 0


def ean13(body: str) -> str:
    """The EAN-13 of 12 digits."""
    if len(body) != 12:
        raise InputError("not_a_gtin", text=body[:40])
    return f"{body}{check_digit(body)}"


def read_gtin(text: str) -> str | None:
    """The canonical 14 digits if ``text`` is a GTIN in any of its lengths, padded with zeros or robbed of them.

    The check digit counts from the right, so zeros in front do not change it; without a good one a number is
    somebody's own, where a leading zero may well mean something. The indicator of a GTIN-14 (a case of twelve) is
    not a zero and so stays part of the number: a case is another article.
    """
    if len(text) < FEWEST_DIGITS or not is_digits(text):
        return None
    significant = text.lstrip("0")
    if not significant or len(significant) > 14 or _weighted(significant) % 10:
        return None
    return significant.zfill(14)


def gtin_key(digits: str) -> str:
    """``read_gtin`` for what must be a GTIN; else ``InputError("not_a_gtin")``."""
    key = read_gtin(digits)
    if key is None:
        raise InputError("not_a_gtin", text=digits[:40])
    return key


def article_key(code: str) -> str:
    """Under which key an article's code is filed: its 14 digits, or as it is when it is no GTIN (in-house Code 128)."""
    return read_gtin(code) or code


def gtin_forms(code: str) -> tuple[str, ...]:
    """``code`` first, then, where it is a GTIN, its other lengths: a chain may name an article by its EAN, and a
    scanner or a GS1 message says it with other zeros in front.
    """
    key = read_gtin(code)
    lengths = (14, 13, 12, 8) if key else ()
    forms = (key[-length:] for length in lengths if key and not key[:-length].strip("0"))
    return tuple(dict.fromkeys([code, *forms]))
