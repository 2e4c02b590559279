"""GS1 element strings: (01) the article, (10) the batch, (17) the best-before date and so on (S-2).

The till needs one thing of them, the article of (01), and must never get it wrong. So a message is read whole or not
at all: an unknown, cut, overlong or contradicted element spoils it. ``]C1``, ``]e0``, ``]d2`` and ``]Q3`` are what a
scanner may say before a GS1 message (AIM symbology identifiers); FNC1 arrives as GS (0x1D), and many scanners leave the
first one out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from posclient.domain.gtin import has_check_digit, is_digits
from posclient.errors import InputError

GS = "\x1d"
_ANNOUNCED = re.compile(r"\](?:C1|e0|d2|Q3|J1)")
_BRACKETED = re.compile(r"\((\d{2,4})\)", re.ASCII)
_ARTICLE_FIRST = re.compile(r"01(\d{14})", re.ASCII)

#: Two-digit beginnings of longer application identifiers, and how long those are.
_AI_DIGITS = {
    **dict.fromkeys(("23", "24", "25", "40", "41", "42", "71"), 3),
    **dict.fromkeys(("31", "32", "33", "34", "35", "36", "39", "43", "70", "72", "80", "81", "82"), 4),
    **dict.fromkeys(
        ("00", "01", "02", "03", "10", "11", "12", "13", "15", "16", "17", "20", "21", "22", "30", "37"), 2
    ),
    **dict.fromkeys(("90", "91", "92", "93", "94", "95", "96", "97", "98", "99"), 2),
}
#: Values of these have a fixed length and need no separator behind them (GS1 General Specifications, 7.8.5).
_FIXED = {
    "00": 18,
    **dict.fromkeys(("01", "02", "03"), 14),
    **dict.fromkeys(("11", "12", "13", "15", "16", "17"), 6),
    "20": 2,
    **dict.fromkeys(("31", "32", "33", "34", "35", "36"), 6),
    "41": 13,
}
#: The longest value of the variable ones that a shop meets; 90 for the rest.
_LONGEST = {
    "10": 20,
    "21": 20,
    "22": 20,
    "30": 8,
    "37": 8,
    "23": 28,
    "24": 30,
    "25": 30,
    "40": 30,
    "42": 20,
    "39": 18,
    "90": 30,
}
_MEASURES = frozenset(("31", "32", "33", "34", "35", "36"))
_AMOUNTS = frozenset(("392", "393"))


@dataclass(frozen=True, slots=True)
class Element:
    """One application identifier with its value."""

    ai: str
    value: str


def says_gs1(text: str) -> bool:
    """Does the code itself claim to be a GS1 message? Then failing to read it is worth telling."""
    return bool(_ANNOUNCED.match(text) or _BRACKETED.match(text) or GS in text)


def may_be_gs1(text: str) -> bool:
    """Also the form of scanners that swallow the first FNC1: (01) and a good GTIN stand in front."""
    found = _ARTICLE_FIRST.match(text)
    return says_gs1(text) or bool(found and has_check_digit(found[1]))


def read_elements(text: str) -> tuple[Element, ...]:
    """All elements in order; ``InputError("gs1_...")`` if anything in the message is unsound."""
    body = _ANNOUNCED.sub("", text, count=1) if text.startswith("]") else text
    if body.startswith("("):
        body = _BRACKETED.sub(rf"{GS}\1", body)
    elements: list[Element] = []
    for run in body.split(GS):  # a doubled or leading FNC1 leaves an empty run, which says nothing
        rest = run
        while rest:
            element, rest = _take(rest)
            elements.append(element)
    _check_agreement(elements)
    return tuple(elements)


def article_of(elements: tuple[Element, ...]) -> str | None:
    """The GTIN of (01). Not (02): that is what a pallet holds, and nobody sells the pallet as one piece.

    ``InputError("gs1_by_measure")`` where a weight or an amount in the message makes the price: it is not read, and the
    price of a piece would be a wrong one.
    """
    found = next((element.value for element in elements if element.ai == "01"), None)
    if found and any(_makes_price(element.ai, found) for element in elements):
        raise InputError("gs1_by_measure")
    return found


def _makes_price(ai: str, gtin: str) -> bool:
    """An amount payable, or the measure of an article that has another one each time (its GTIN begins with 9)."""
    return ai[:3] in _AMOUNTS or (ai[:2] in _MEASURES and gtin.startswith("9"))


def _take(text: str) -> tuple[Element, str]:
    """The first element of a run without separators, and what is left of the run."""
    start = text[:2]
    ai = text[: _AI_DIGITS.get(start, 2)]
    if start not in _AI_DIGITS or not is_digits(ai):
        raise InputError("gs1_unknown_ai", ai=ai)
    body = text[len(ai) :]
    fixed = _FIXED.get(start)
    if fixed is None:
        return _variable(ai, body), ""
    value = body[:fixed]
    _check_fixed(ai, value, fixed)
    return Element(ai, value), body[fixed:]


def _variable(ai: str, value: str) -> Element:
    if not value or len(ai) < _AI_DIGITS[ai[:2]]:
        raise InputError("gs1_truncated", ai=ai)
    if len(value) > _LONGEST.get(ai[:2], 90):
        raise InputError("gs1_too_long", ai=ai)
    return Element(ai, value)


def _check_fixed(ai: str, value: str, length: int) -> None:
    if len(value) < length or len(ai) < _AI_DIGITS[ai[:2]]:
        raise InputError("gs1_truncated", ai=ai)
    if not is_digits(value):
        raise InputError("gs1_not_digits", ai=ai)
    if ai in ("00", "01", "02", "03") and not has_check_digit(value):
        raise InputError("gs1_check_digit", ai=ai)
    if ai[:2] in _MEASURES and ai[3] > "5":  # places after the point; a weight in billionths is a trick
        raise InputError("gs1_bad_measure", ai=ai)


def _check_agreement(elements: list[Element]) -> None:
    """The same identifier twice with two values: nobody can say which one is meant."""
    seen: dict[str, str] = {}
    for element in elements:
        if seen.setdefault(element.ai, element.value) != element.value:
            raise InputError("gs1_conflict", ai=element.ai)
