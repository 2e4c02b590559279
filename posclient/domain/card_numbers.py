"""Numbers of payment cards in free text: nobody is to type them, and none is kept (field_failures.md S-25).

ISO/IEC 7812: 15 to 19 digits with a check digit; the first ones are those of a card scheme (UnionPay 62 and 81,
Visa 4, Mastercard 51 to 55 and 22 to 27, American Express 34 and 37, JCB 35, Discover 60, 64 and 65, Maestro 50, 56 to
58 and 67). A GTIN has 8 to 14 digits and is never taken for one.
"""

from __future__ import annotations

import re

#: Digits with single spaces or hyphens between them, and no digit before or behind.
_RUN = re.compile(r"(?<!\d)\d(?:[ -]?\d){14,18}(?!\d)", re.ASCII)
_SCHEME = re.compile(r"4|5[0-8]|2[2-7]|3[457]|6[024567]|81", re.ASCII)


def without_card_numbers(text: str) -> str:
    """``text`` with the first six and the last four digits of each card number left, the rest as stars."""
    return _RUN.sub(_masked, text)


def is_card_number(text: str) -> bool:
    """Is all of ``text`` one?"""
    found = _RUN.fullmatch(text)
    return found is not None and _masked(found) != text


def _masked(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    if not _SCHEME.match(digits) or not _has_check_digit(digits):
        return found[0]
    return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"


def _has_check_digit(digits: str) -> bool:
    """Luhn: from the right, every second digit doubled, its digits added up."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
