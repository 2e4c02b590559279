"""How exchanges get into each other's way, for ``Linear``: a unit comes down but once."""

from __future__ import annotations

from collections.abc import Sequence

from posclient.domain.pricing.candidates import Candidates
from posclient.domain.pricing.ceilings import best_set

#: Below so many different exchanges the plain bounds do.
FEWEST = 4
MOST_STEPS = 16
#: The first step, as a part of the dearest unit, and how near levels must be to be taken for equal.
STRIDE, NEAR = 0.05, 0.001


class UnitLevels:
    """No set takes off more than ``base(nets)`` and the sum of its ``weights``.

    Each line has a level between the highest exchange price and its unit value. An exchange takes off what its unit has
    above the level, and at most its own weight besides: the highest level among its lines, less its price. What is
    above the levels can be had only once, and ``base`` is all of that: of the units that the first, the second, ...
    exchange finds on each line. So any levels give a bound. Levels are lowered where more exchanges want a line than it
    has units above its level, and raised where fewer do, in ever shorter strides; the lowest bound is kept.
    """

    def __init__(self, candidates: Candidates, nets: Sequence[int], weights: Sequence[float]) -> None:
        """``weights``: what is known already; 0 for candidates that are not to be looked at."""
        self._candidates = candidates
        self._known = self.weights = weights
        self._prices = {
            n: coupon.unit_price
            for n, coupon in enumerate(candidates.coupons)
            if coupon.unit_price is not None and weights[n]
        }
        self.helps = len({candidates.effect[n] for n in self._prices}) >= FEWEST
        #: Lines whose level is below their value at first.
        self._lowered: list[int] = []
        if self.helps:
            self._floor = float(max(self._prices.values()))
            self._values = [max(self._floor, net / qty) for net, qty in zip(nets, candidates.qtys, strict=True)]
            self._levels = list(self._values)
            self._descend(nets)

    def base(self, nets: Sequence[int]) -> float:
        """What exchanges can find above the levels."""
        return sum([self._above(place, nets[place])[0] for place in self._lowered])

    def _descend(self, nets: Sequence[int]) -> None:
        lowest = sum([worth for worth, _ in best_set(self._candidates, self._known)])
        best_levels = self._levels
        stride = STRIDE * max(self._values)
        for step in range(MOST_STEPS):
            above = {place: self._above(place, nets[place]) for place in self._lowered}
            wanted = self._wanted()
            weights = self._weigh(wanted)
            best = best_set(self._candidates, weights)
            ceiling = sum([worth for worth, _ in above.values()]) + sum([worth for worth, _ in best])
            if ceiling < lowest:
                lowest, best_levels, self.weights = ceiling, list(self._levels), weights
            lines = [wanted[self._candidates.scope(n)][1] for _, n in best if n in self._prices]
            if not self._move(lines, {place: units for place, (_, units) in above.items()}, stride / (step + 2)):
                break
        self._set_levels(best_levels)

    def _set_levels(self, levels: list[float]) -> None:
        self._levels = levels
        self._lowered = [place for place, level in enumerate(levels) if level < self._values[place]]

    def _weigh(self, wanted: dict[int, tuple[float, list[int]]]) -> list[float]:
        weights = list(self._known)
        for n, price in self._prices.items():
            weights[n] = min(weights[n], wanted[self._candidates.scope(n)][0] - price)
        return weights

    def _above(self, place: int, net: int) -> tuple[float, int]:
        """What exchanges can find above the level of a line, and how many of them find any.

        An exchange of one unit of several lowers the value of each by its part, to no more than is reckoned here.
        """
        qty = self._candidates.qtys[place]
        excess = net / qty - self._floor
        level = self._levels[place] - self._floor
        total, count = 0.0, 0
        while excess > level and count < self._candidates.slots:
            total += excess - level
            count += 1
            excess *= 1 - 1 / qty
        return total, count

    def _wanted(self) -> dict[int, tuple[float, list[int]]]:
        """By scope: its highest level, and the lines that have it, or nearly."""
        found: dict[int, tuple[float, list[int]]] = {}
        for scope in {self._candidates.scope(n) for n in self._prices}:
            places = self._candidates.scopes[scope]
            highest = max([self._levels[place] for place in places])
            near = highest * (1 - NEAR)
            found[scope] = highest, [place for place in places if self._levels[place] >= near]
        return found

    def _move(self, wanted: Sequence[list[int]], above: dict[int, int], stride: float) -> bool:
        """Move levels by how many more exchanges want a line than it has units for; True if any moved."""
        demand: dict[int, int] = {}
        for places in wanted:
            place = min(places, key=lambda place: demand.get(place, 0) - above.get(place, 0))
            demand[place] = demand.get(place, 0) + 1
        levels = list(self._levels)
        for place in {*demand, *above}:
            # just below its value a line has one unit for an exchange
            too_many = demand.get(place, 0) - above.get(place, 1)
            if too_many:
                level = self._levels[place] - stride * too_many
                levels[place] = min(self._values[place], max(self._floor, level))
        moved = levels != self._levels
        self._set_levels(levels)
        return moved
