"""How exchanges get into each other's way, for ``Linear``: a unit comes down but once."""

from __future__ import annotations

from collections.abc import Sequence

from posclient.domain.pricing.candidates import Candidates
from posclient.domain.pricing.ceilings import best_set

#: So many exchanges are worth more steps.
MANY = 20
#: Below so many different exchanges the plain bounds do.
FEWEST = 4
MOST_STEPS, MOST_OF_MANY = 32, 200
#: How far beyond the way to the goal a step goes, and how near levels must be to be taken for equal (both by trial).
REACH, NEAR = 1.5, 0.0003
#: So near to the goal it is no use to go on.
NEAR_GOAL = 1.0005


class UnitLevels:
    """No set takes off more than ``base(nets)`` and the sum of its ``weights``.

    Each line has a level between the lowest exchange price and its unit value. An exchange takes off what its unit has
    above the level, and at most its own weight besides: the highest level among its lines, less its price, if that is
    lower. What is above the levels can be had only once, and ``base`` is all of that: of the units that the first, the
    second, ... exchange finds on each line, each at the price of the ``floor``. What one at a higher price leaves on a
    line of several units is more, and the most that it can be is in its weight. So any levels and floor give a bound.
    First they are what a plausible set leaves to be exchanged: with one scope that is the lowest bound already. Then
    levels are lowered where more exchanges want a line than it has units above its level, and raised where fewer do,
    the more the farther the bound is from the goal: what a plausible set takes off (Polyak's step). The lowest bound is
    kept.
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
            self._scopes = {candidates.scope(n) for n in self._prices}
            self._lowest = self._floor = float(min(self._prices.values()))
            self._values = [max(self._lowest, net / qty) for net, qty in zip(nets, candidates.qtys, strict=True)]
            self._levels = list(self._values)
            self._descend(nets)

    def base(self, nets: Sequence[int]) -> float:
        """What exchanges can find above the levels."""
        return sum([self._found(place, nets[place])[0] for place in self._lowered])

    def _found(self, place: int, net: int) -> tuple[float, int]:
        return self._above(place, net / self._candidates.qtys[place], self._candidates.slots)

    def _descend(self, nets: Sequence[int]) -> None:
        lowest = sum([worth for worth, _ in best_set(self._candidates, self._known)])
        goal, best_levels = self._goal(), self._levels
        self._set_levels(self._first_levels())
        for _ in range(MOST_STEPS if len(self._prices) < MANY else MOST_OF_MANY):
            above = {place: self._found(place, nets[place]) for place in self._lowered}
            wanted = self._wanted()
            weights = self._weigh(wanted)
            best = best_set(self._candidates, weights)
            ceiling = sum([worth for worth, _ in above.values()]) + sum([worth for worth, _ in best])
            if ceiling < lowest:
                lowest, best_levels, self.weights = ceiling, self._levels, weights
            lines = [wanted[self._candidates.scope(n)][1] for _, n in best if n in self._prices]
            too_many = _too_many(lines, {place: units for place, (_, units) in above.items()})
            if not too_many or ceiling <= goal * NEAR_GOAL:
                break
            self._move(too_many, REACH * (ceiling - goal))
        self._set_levels(best_levels)

    def _goal(self) -> float:
        """What a plausible set takes off: each time the coupon that takes most now, exchanges as well as others.

        Notes for each line what is the dearest unit, after that, of all that compete for it; and as the floor the
        highest price of its exchanges: any price will do, and that of those that are used is the tightest.
        """
        candidates = self._candidates
        values, weights, room = list(self._values), list(self._known), list(candidates.room)
        total = 0.0
        for _ in range(candidates.slots):
            dearest = {scope: max([values[place] for place in candidates.scopes[scope]]) for scope in self._scopes}
            for n, price in self._prices.items():
                weights[n] = min(weights[n], dearest[candidates.scope(n)] - price)
            worth, best = max([(room[group] > 0 and weights[n], n) for n, group in enumerate(candidates.group)])
            total += worth
            weights[best] = 0.0
            if candidates.group[best] >= 0:
                room[candidates.group[best]] -= 1
            if best in self._prices and worth > 0:
                self._floor = max(self._floor, float(self._prices[best]))
                place = max(candidates.scopes[candidates.scope(best)], key=values.__getitem__)
                values[place] -= worth / candidates.qtys[place]
        dearest = {scope: max([values[place] for place in candidates.scopes[scope]]) for scope in self._scopes}
        self._left_over = [self._lowest] * len(values)
        for scope, value in dearest.items():
            for place in candidates.scopes[scope]:
                self._left_over[place] = max(self._left_over[place], value)
        return total

    def _first_levels(self) -> list[float]:
        """What a plausible set leaves; and higher, as far as that costs nothing: so a wasted coupon costs a slot."""
        pairs = list(zip(self._values, self._left_over, strict=True))
        above = [value - level for value, level in pairs if value > level]
        more = min(above) / 2 if len(above) == self._candidates.slots else 0.0
        return [min(value, level + more) for value, level in pairs]

    def _set_levels(self, levels: list[float]) -> None:
        self._levels = levels
        self._lowered = [place for place, level in enumerate(levels) if level < self._values[place]]

    def _weigh(self, wanted: dict[int, tuple[float, list[int]]]) -> list[float]:
        weights = list(self._known)
        found: dict[int, float] = {}
        for n, price in self._prices.items():
            effect, scope = self._candidates.effect[n], self._candidates.scope(n)
            if effect not in found:
                found[effect] = self._weight(scope, wanted[scope][0], price)
            weights[n] = min(weights[n], found[effect])
        return weights

    def _weight(self, scope: int, highest: float, price: int) -> float:
        """What an exchange takes off below the level of its line, and what it leaves above it for later ones."""
        several = [place for place in self._candidates.scopes[scope] if self._candidates.qtys[place] > 1]
        worths = [self._levels[place] - price + self._left_more(place, price) for place in several]
        return max([0.0, highest - price, *worths])

    def _left_more(self, place: int, price: int) -> float:
        """How much more, at most, later exchanges find on a line after one that costs more than is reckoned with."""
        floor = min(self._floor, self._levels[place])
        if price <= floor:
            return 0.0
        qty, later = self._candidates.qtys[place], self._candidates.slots - 1
        rest = self._values[place] - (self._values[place] - floor) / qty
        return self._above(place, rest + (price - floor) / qty, later)[0] - self._above(place, rest, later)[0]

    def _above(self, place: int, value: float, slots: int) -> tuple[float, int]:
        """What so many exchanges can find above the level of a line, and how many of them find any.

        An exchange of one unit of several lowers the value of each by its part. It is reckoned here as if all had the
        floor's price: what one that costs more leaves besides is in its own weight (``_left_more``).
        """
        qty = self._candidates.qtys[place]
        floor = min(self._floor, self._levels[place])
        excess = value - floor
        level = self._levels[place] - floor
        total, count = 0.0, 0
        while excess > level and count < slots:
            total += excess - level
            count += 1
            excess *= 1 - 1 / qty
        return total, count

    def _wanted(self) -> dict[int, tuple[float, list[int]]]:
        """By scope: its highest level, and the lines that have it, or nearly."""
        found: dict[int, tuple[float, list[int]]] = {}
        for scope in self._scopes:
            places = self._candidates.scopes[scope]
            highest = max([self._levels[place] for place in places])
            near = highest * (1 - NEAR)
            found[scope] = highest, [place for place in places if self._levels[place] >= near]
        return found

    def _move(self, too_many: dict[int, int], way: float) -> None:
        """One step down the bound: lines whose level is too low or too high for what is wanted of them."""
        stride = way / sum([many * many for many in too_many.values()])
        levels = list(self._levels)
        for place, many in too_many.items():
            levels[place] = min(self._values[place], max(self._lowest, levels[place] - stride * many))
        self._set_levels(levels)


def _too_many(wanted: Sequence[list[int]], above: dict[int, int]) -> dict[int, int]:
    """By line: how many more exchanges want it than it has units above its level. ``wanted``: equal lines of each."""
    demand: dict[int, int] = {}
    for places in wanted:
        place = min(places, key=lambda place: demand.get(place, 0) - above.get(place, 0))
        demand[place] = demand.get(place, 0) + 1
    # just below its value a line has one unit for an exchange
    found = {place: demand.get(place, 0) - above.get(place, 1) for place in {*demand, *above}}
    return {place: many for place, many in found.items() if many}
