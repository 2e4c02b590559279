"""A price or weight inside a code: only by a rule of HQ that names prefix and layout (ux.md, scanning).

There is no rule by default: a GTIN may well begin with 2. A layout has one letter per digit of the code:
``P`` prefix, ``I`` item number, ``V`` price in fen, ``W`` weight in grams, ``C`` check digit of the price or weight
(GS1 General Specifications, 7.9.3 and 7.9.4), ``X`` not looked at, ``K`` check digit of the whole. The usual Chinese
scale label is ``EmbeddedRule("22", "PPIIIIIVVVVVK")``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posclient.domain.gtin import check_digit, has_check_digit, is_digits
from posclient.errors import InputError


@dataclass(frozen=True, slots=True)
class EmbeddedRule:
    """``most`` is the highest price (fen) or weight (g) that is believed; None: whatever fits into the digits."""

    prefix: str
    layout: str
    most: int | None = None

    def __post_init__(self) -> None:
        if not self._is_sound():
            raise InputError("embedded_rule", prefix=self.prefix, layout=self.layout)

    def _is_sound(self) -> bool:
        head, rest = self.layout[: len(self.prefix)], self.layout[len(self.prefix) :]
        return (
            is_digits(self.prefix)
            and set(head) == {"P"}
            and set(rest) <= set("IVWCXK")
            and "I" in rest
            and ("V" in rest or "W" in rest)
            and all(letters in self.layout for letters in (letter * rest.count(letter) for letter in "IVW"))
            and rest.count("K") == rest.endswith("K")
            and (rest.count("C") == 0 or (rest.count("C") == 1 and len(self._checked()) in (4, 5)))
        )

    def fits(self, text: str) -> bool:
        """Is the code one of this rule's: its length, its prefix, digits alone?"""
        return len(text) == len(self.layout) and text.startswith(self.prefix) and is_digits(text)

    def field(self, text: str, letter: str) -> str:
        """The digits of ``text`` where the layout has ``letter``."""
        return "".join(digit for digit, place in zip(text, self.layout, strict=True) if place == letter)

    def _checked(self) -> str:
        return "V" * self.layout.count("V") or "W" * self.layout.count("W")

    def read(self, text: str) -> Embedded:
        """What the code says. ``InputError("embedded_...")`` for a bad check digit or a value that is not believed."""
        if self.layout.endswith("K") and not has_check_digit(text):
            raise InputError("embedded_check_digit", text=text)
        price, weight = self.field(text, "V"), self.field(text, "W")
        if "C" in self.layout and value_check_digit(price or weight) != int(self.field(text, "C")):
            raise InputError("embedded_check_digit", text=text)
        value = int(price or weight)
        if value == 0 or (self.most is not None and value > self.most):
            raise InputError("embedded_value", text=text, value=value)
        return Embedded(self._keys(text), int(price) if price else None, int(weight) if weight else None)

    def _keys(self, text: str) -> tuple[str, str]:
        """How the catalogue may file the article: the code with the value as zeros, or prefix and item number."""
        zeroed = "".join("0" if place in "VWCX" else digit for digit, place in zip(text, self.layout, strict=True))
        if self.layout.endswith("K"):
            zeroed = f"{zeroed[:-1]}{check_digit(zeroed[:-1])}"
        return zeroed, self.prefix + self.field(text, "I")


@dataclass(frozen=True, slots=True)
class UnreadRule(EmbeddedRule):
    """A rule that this program cannot read, as a later HQ may send it. Its codes are known by prefix and length:
    nothing is sold by them, and no rule with a shorter prefix reads a price into them.
    """

    def _is_sound(self) -> bool:
        return is_digits(self.prefix)

    def read(self, text: str) -> Embedded:
        raise InputError("embedded_unread", text=text)


@dataclass(frozen=True, slots=True)
class Embedded:
    """Read by a rule: ``keys`` of the article in order, the price of the piece in fen, its weight in grams, or both."""

    keys: tuple[str, ...]
    price: int | None
    weight_g: int | None


def read_rules(data: Sequence[Mapping[str, Any]]) -> tuple[EmbeddedRule, ...]:
    """HQ's setting ``embedded_codes``: ``[{"prefix": "22", "layout": "PPIIIIIVVVVVK", "most": 99999}]``."""
    rules = []
    for one in data:
        prefix, layout, most = one.get("prefix"), one.get("layout"), one.get("most")
        if not isinstance(prefix, str) or not isinstance(layout, str) or not (most is None or type(most) is int):
            raise InputError("embedded_rule", prefix=prefix, layout=layout)
        rules.append(EmbeddedRule(prefix, layout, most))
    return tuple(rules)


def read_sent_rules(data: Sequence[Mapping[str, Any]]) -> tuple[EmbeddedRule, ...]:
    """The same of HQ's rows: one that cannot be read takes no other one with it."""
    rules: list[EmbeddedRule] = []
    for one in data:
        try:
            rules += read_rules([one])
        except InputError:
            prefix, layout = one.get("prefix"), one.get("layout")
            if isinstance(prefix, str) and isinstance(layout, str) and is_digits(prefix):
                rules.append(UnreadRule(prefix, layout))
    return tuple(rules)


def rule_for(text: str, rules: Sequence[EmbeddedRule]) -> EmbeddedRule | None:
    """The rule with the longest prefix that fits."""
    return max((rule for rule in rules if rule.fits(text)), key=lambda rule: len(rule.prefix), default=None)


def value_check_digit(value: str) -> int:
    """The check digit of a price or weight of 4 or 5 digits (GS1 General Specifications, 7.9.3 and 7.9.4)."""
    digits = [int(digit) for digit in value]
    if len(digits) == 4:
        return (_minus(2, digits[0]) + _minus(2, digits[1]) + 3 * digits[2] + _minus(5, digits[3])) * 3 % 10
    total = (
        _plus(5, digits[0]) + _minus(2, digits[1]) + _minus(5, digits[2]) + _plus(5, digits[3]) + _minus(2, digits[4])
    )
    return next(digit for digit in range(10) if _minus(5, digit) == -total % 10)


def _minus(weight: int, digit: int) -> int:
    product = weight * digit
    return (product - product // 10) % 10


def _plus(weight: int, digit: int) -> int:
    product = weight * digit
    return (product + product // 10) % 10
