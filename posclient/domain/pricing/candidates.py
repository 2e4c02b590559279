"""The usable coupons as numbers, for the search of the best permitted set (``choosing``).

What pricing.md asks of the chosen set (smallest total, then fewest coupons, then smallest face value, then first to
expire) is one sum per set, its **score**: each coupon adds what it takes off, shifted far up, less its own ``cost``,
in which one coupon outweighs any face value and a face value any order of expiry. The expiry part is one bit a coupon,
the first to expire the highest, so that the greatest sum is the sorted list of (until, id) that comes first.
A larger score is better, two sets never have the same, and a set without a coupon has 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from posclient.domain.pricing.coupon import Coupon
from posclient.domain.pricing.shares import Held

#: A usable coupon and the places of its lines.
Usable = tuple[Coupon, tuple[int, ...]]
#: (score, candidate): a score of its own, or a bound of it.
Option = tuple[int, int]


class Candidates:
    """Parallel lists by candidate, in the order in which coupons are taken off.

    An *effect* is what a coupon does, without whose it is: equal terms on equal lines.
    """

    def __init__(
        self,
        usable: Sequence[Usable],
        nets: Sequence[int],
        qtys: Sequence[int],
        most: int,
        group_max: Mapping[str, int],
    ) -> None:
        """``most`` coupons in a set, ``group_max`` of each group (1 of one that is not named)."""
        self.coupons = [coupon for coupon, _ in usable]
        self.slots = min(most, len(usable))
        self.scopes = list(dict.fromkeys([places for _, places in usable]))
        self.qtys = qtys
        self.scope_qtys = [[qtys[place] for place in places] for places in self.scopes]
        self._number_effects(usable)
        self._number_groups(group_max)
        #: Is every coupon an exchange, and every line one piece? Then nothing is rounded.
        self.whole = all(coupon.unit_price is not None for coupon in self.coupons) and all(
            qty == 1 for some in self.scope_qtys for qty in some
        )
        #: All that coupons can take off.
        self.headroom = sum([nets[place] for place in set().union(*self.scopes)])
        #: A pinned coupon is worth more than all that can be taken off: so every set that wins holds all of them.
        self.bonus = self.headroom + 1
        self.bonuses = self.bonus * sum([coupon.pinned for coupon in self.coupons])
        self._set_costs()

    def _number_effects(self, usable: Sequence[Usable]) -> None:
        scope_numbers = {places: number for number, places in enumerate(self.scopes)}
        numbers: dict[tuple[int, tuple[object, ...]], int] = {}
        self.effects: list[tuple[Coupon, int]] = []
        self.effect: list[int] = []
        for coupon, places in usable:
            scope = scope_numbers[places]
            number = numbers.setdefault((scope, coupon.terms), len(numbers))
            if number == len(self.effects):
                self.effects.append((coupon, scope))
            self.effect.append(number)

    def _number_groups(self, group_max: Mapping[str, int]) -> None:
        """``room`` is how many of each group a set may hold; the last entry, group -1, is for those without one."""
        names = list(dict.fromkeys([coupon.group for coupon in self.coupons if coupon.group is not None]))
        numbers = {name: number for number, name in enumerate(names)}
        self.group = [-1 if one.group is None else numbers[one.group] for one in self.coupons]
        self.room = (*[group_max.get(name, 1) for name in names], len(self.coupons))

    def _set_costs(self) -> None:
        count = len(self.coupons)
        self.per_coupon = 1 << (count + sum([one.face for one in self.coupons]).bit_length())
        self.shift = (self.per_coupon * (count + 1)).bit_length()
        self.bits = [0] * count
        for rank, n in enumerate(sorted(range(count), key=lambda n: expiry(self.coupons[n]))):
            self.bits[n] = 1 << (count - 1 - rank)
        bonus = self.bonus << self.shift
        self.costs = [
            self.per_coupon + (one.face << count) - bit - (bonus if one.pinned else 0)
            for one, bit in zip(self.coupons, self.bits, strict=True)
        ]

    def scope(self, n: int) -> int:
        """Number of the candidate's scope."""
        return self.effects[self.effect[n]][1]

    def score(self, n: int, taken: int) -> int:
        return (taken << self.shift) - self.costs[n]

    def set_score(self, chosen: Sequence[int], taken: int) -> int:
        """The score of a set that takes off ``taken`` fen in all."""
        return (taken << self.shift) - sum([self.costs[n] for n in chosen])

    def fen(self, score: int) -> int:
        """What a sum of scores takes off (with the bonuses of pinned coupons)."""
        return -(-score >> self.shift)

    def all_of(self, headroom: int, top: Sequence[Option], options: Sequence[Option], slots: int) -> int:
        """The best score of taking off all of ``headroom``: as few coupons, as little face value as that can be.

        ``top``: the best that may be together, best first; ``options``: all that may take part.
        """
        count = so_far = 0
        while count < len(top) and so_far < headroom:
            so_far += self.fen(top[count][0])
            count += 1
        # Whatever coupons without a face value cannot take off must come out of face values.
        faceless = [self.fen(score) for score, n in options if not self.coupons[n].face][:slots]
        face = max(0, headroom - self.bonuses - sum(faceless))
        first_bits = sorted([self.bits[n] for _, n in options], reverse=True)[:count]
        return (headroom << self.shift) - count * self.per_coupon - (face << len(self.coupons)) + sum(first_bits)


def expiry(coupon: Coupon) -> tuple[bool, datetime | None, str]:
    """Sorts what expires first to the front; what never does comes last, among each other by id."""
    return (coupon.until is None, coupon.until, coupon.id)


@dataclass(frozen=True, slots=True)
class Weights:
    """Of any set of coupons that are still to come: at most ``base`` and the sum of its ``weights`` (by candidate)."""

    base: float
    weights: Sequence[float]


class State:
    """The nets after some coupons, with all that was ever worked out on them. States with equal nets are one object."""

    __slots__ = ("_after", "_candidates", "_held", "_parts", "_pool", "_taken", "bound", "nets", "seen")

    def __init__(self, candidates: Candidates, nets: Sequence[int], pool: dict[tuple[int, ...], State]) -> None:
        self.nets = nets
        self._candidates = candidates
        self._pool = pool
        self._held: dict[int, Held] = {}
        self._taken: dict[int, int] = {}
        self._parts: dict[int, Sequence[int]] = {}
        self._after: dict[int, State] = {}
        self.bound: Weights | None = None
        #: (slots left, rooms that still matter) -> (last coupon, score) of the branches that came through here.
        self.seen: dict[tuple[int, tuple[int, ...]], list[tuple[int, int]]] = {}

    def held(self, scope: int) -> Held:
        found = self._held.get(scope)
        if found is None:
            nets = self.nets
            held = Held([nets[place] for place in self._candidates.scopes[scope]], self._candidates.scope_qtys[scope])
            found = self._held[scope] = held
        return found

    def taken(self, effect: int) -> int:
        """What this effect takes off here."""
        found = self._taken.get(effect)
        if found is None:
            coupon, scope = self._candidates.effects[effect]
            found = self._taken[effect] = coupon.taken(self.held(scope))
        return found

    def parts(self, effect: int) -> Sequence[int]:
        """What each of its lines gives."""
        found = self._parts.get(effect)
        if found is None:
            coupon, scope = self._candidates.effects[effect]
            found = self._parts[effect] = coupon.parts(self.held(scope))
        return found

    def after(self, effect: int) -> State:
        found = self._after.get(effect)
        if found is None:
            found = self._after[effect] = self._apply(effect)
        return found

    def _apply(self, effect: int) -> State:
        scope = self._candidates.effects[effect][1]
        nets = list(self.nets)
        for place, amount in zip(self._candidates.scopes[scope], self.parts(effect), strict=True):
            nets[place] -= amount
        key = tuple(nets)
        found = self._pool.get(key)
        if found is None:
            found = self._pool[key] = State(self._candidates, key, self._pool)
        return found
