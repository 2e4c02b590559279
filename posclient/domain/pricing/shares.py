"""Taking a discount off: whole fen out of exact fractions (pricing.md, taking a discount off).

``Held`` is what every promotion, coupon and manual discount looks at: lines with what is left to pay on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

#: A fraction of a fen, numerator and denominator (above 0).
Part = tuple[int, int]


class Held:
    """Some lines, in line order: their nets (fen), quantities, and ``spend``, the sum of the nets."""

    __slots__ = ("_dearest", "nets", "qtys", "spend")

    def __init__(self, nets: Sequence[int], qtys: Sequence[int]) -> None:
        self.nets = nets
        self.qtys = qtys
        self.spend = sum(nets)
        self._dearest: int | None = None

    def unit_values(self) -> list[int]:
        """Numbers in the very order of the unit values net / qty, equal where those are.

        Two different fractions with denominators below 2^k lie at least 2^-2k apart: so much is kept of each.
        """
        bits = 2 * max(self.qtys).bit_length() + 1
        return [(net << bits) // qty for net, qty in zip(self.nets, self.qtys, strict=True)]

    def dearest_first(self) -> list[int]:
        """Places of the lines by unit value, ties in line order."""
        values = self.unit_values()
        return sorted(range(len(values)), key=values.__getitem__, reverse=True)

    def dearest(self) -> int:
        """Place of the line with the dearest unit, the first of equals."""
        if self._dearest is None:
            values = self.unit_values()
            self._dearest = values.index(max(values))
        return self._dearest


def half_up(num: int, den: int) -> int:
    """``num / den`` rounded once, half up."""
    return (2 * num + den) // (2 * den)


def allot(nums: Sequence[int], den: int) -> list[int]:
    """Fractions ``num / den`` as whole fen whose sum is their sum rounded half up.

    Each gives its floor; the fen still missing come from the largest remainders, ties in line order.
    """
    given = [num // den for num in nums]
    missing = half_up(sum(nums), den) - sum(given)
    if missing:
        left = [num % den for num in nums]
        for n in sorted(range(len(left)), key=left.__getitem__, reverse=True)[:missing]:
            given[n] += 1
    return given


def share(held: Held, amount: int) -> list[int]:
    """``amount`` fen (at most the spend) shared in proportion to net."""
    if amount == 0:
        return [0] * len(held.nets)
    return allot([net * amount for net in held.nets], held.spend)


def percent(held: Held, bp: int) -> list[int]:
    """``bp`` basis points of each line's net."""
    return allot([net * bp for net in held.nets], 10000)


def allot_mixed(parts: Sequence[Part]) -> list[int]:
    """As ``allot``, for fractions that have their own denominators."""
    dens = {den for _, den in parts}
    if len(dens) == 1:
        return allot([num for num, _ in parts], dens.pop())
    given = [num // den for num, den in parts]
    rest = [(num % den, den) for num, den in parts]
    missing = half_up(*add_up(rest))
    if missing:
        bits = 2 * max(dens).bit_length() + 1
        left = [(num << bits) // den for num, den in rest]
        for n in sorted(range(len(left)), key=left.__getitem__, reverse=True)[:missing]:
            given[n] += 1
    return given


def add(one: Part, other: Part) -> Part:
    """The sum of two fractions, in lowest terms."""
    num = one[0] * other[1] + other[0] * one[1]
    den = one[1] * other[1]
    common = gcd(num, den)
    return num // common, den // common


def add_up(parts: Sequence[Part]) -> Part:
    """The sum of fractions, in pairs of pairs: the denominators of thousands of lines do not pile up at each step."""
    found = list(parts)
    while len(found) > 1:
        odd = [found.pop()] if len(found) % 2 else []
        found = [add(found[n], found[n + 1]) for n in range(0, len(found), 2)] + odd
    return found[0]
