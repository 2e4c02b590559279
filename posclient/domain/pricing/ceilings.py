"""Upper bounds for the search: what a set of coupons can take off at most.

Rooms: ``room[group]`` is how many more of a group a set may hold; group -1 stands for no group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, log
from typing import Generic, TypeVar

from posclient.domain.pricing.candidates import Candidates, State

#: Below so many percentages the plain bounds do.
FEWEST_RATES = 4
#: Steps towards the best tangent; most gain comes with the second.
MOST_STEPS = 6

Worth = TypeVar("Worth", int, float)


def best_within(
    options: Iterable[tuple[Worth, int]], slots: int, room: Sequence[int], group: Sequence[int]
) -> list[tuple[Worth, int]]:
    """The first ``slots`` of (worth, candidate), sorted best first, that the rooms of their groups allow."""
    found: list[tuple[Worth, int]] = []
    used: dict[int, int] = {}
    for option in options:
        number = group[option[1]]
        if number >= 0:
            before = used.get(number, 0)
            if before >= room[number]:
                continue
            used[number] = before + 1
        found.append(option)
        if len(found) == slots:
            break
    return found


class Partners(Generic[Worth]):
    """The best ``slots`` among the candidates met so far, from the last to the first: what may follow each of them."""

    def __init__(self, slots: int, room: Sequence[int]) -> None:
        self._slots = slots
        self._room = room
        # One more of a group than fits beside its own member is never wanted, so slots + 1 hold all that can count.
        self._best: list[tuple[Worth, int]] = []
        self._of_group: dict[int, int] = {}

    def beside(self, group: int) -> Worth:
        """The greatest worth of up to ``slots`` of them beside a member of ``group``."""
        own = self._room[group] - 1
        total: Worth = 0
        left = self._slots
        for worth, other in self._best:
            if other == group and group >= 0:
                if own <= 0:
                    continue
                own -= 1
            total += worth
            left -= 1
            if not left:
                break
        return total

    def add(self, worth: Worth, group: int) -> None:
        best = self._best
        if group >= 0 and self._of_group.get(group, 0) >= self._room[group]:
            least = max(n for n, (_, other) in enumerate(best) if other == group)
            if best[least][0] >= worth:
                return
            self._drop(least)
        best.append((worth, group))
        best.sort(reverse=True)
        self._of_group[group] = self._of_group.get(group, 0) + 1
        if len(best) > self._slots + 1:
            self._drop(len(best) - 1)

    def _drop(self, n: int) -> None:
        _, group = self._best.pop(n)
        self._of_group[group] -= 1


class Tangent:
    """A bound that sees how percentages overlap: a set takes off at most ``base`` + the sum of its ``weights``.

    Percentages p on a line leave net * exp(-y) of it, y being the sum of -ln(1 - p). What they take off is concave in
    y, so each tangent lies above it, and a tangent is a sum over coupons. The point to touch is moved a few times
    towards the best set of the last tangent (Frank and Wolfe), and the lowest tangent is kept. Every other coupon, and
    a percentage where that is less (caps), counts with what it takes off first of all, since later it takes no more.

    Rounding moves at most a quarter of a fen per line and one in all with each coupon, and nothing makes that more
    later: ``base`` includes it, and what floating point may lose.
    """

    def __init__(self, candidates: Candidates, start: State, taken: Sequence[int]) -> None:
        """``taken``: what each candidate takes off first of all; 0 for those that are not to be looked at."""
        self._candidates = candidates
        self._nets = start.nets
        self._first = [float(one) for one in taken]
        self._depth = {
            n: -log(1 - coupon.rate / 10000)
            for n, coupon in enumerate(candidates.coupons)
            if 0 < coupon.rate < 10000 and taken[n]
        }
        self.helps = len(self._depth) >= FEWEST_RATES
        self.base, self.weights = 0.0, self._first
        if self.helps:
            self._descend()

    def _descend(self) -> None:
        lowest = sum([worth for worth, _ in self._best_set(self._first)])
        point = [0.0] * len(self._nets)
        for step in range(MOST_STEPS):
            base, weights = self._touch(point)
            best = self._best_set(weights)
            ceiling = base + sum([worth for worth, _ in best])
            if ceiling < lowest:
                lowest, self.base, self.weights = ceiling, base, weights
            overlapping = [n for worth, n in best if n in self._depth and (step == 0 or worth < self._first[n])]
            point = self._towards(point, 2 / (step + 2), overlapping)
        self._add_slack()

    def _add_slack(self) -> None:
        candidates = self._candidates
        self.base += candidates.slots * (len(self._nets) / 4 + 1) + 1e-9 * sum(self._nets) + 1
        for n, coupon in enumerate(candidates.coupons):
            if coupon.pinned:
                self.weights[n] += candidates.bonus

    def _touch(self, point: Sequence[float]) -> tuple[float, list[float]]:
        """The tangent at ``point``: its constant and the weight of each candidate."""
        left = [net * exp(-depth) for net, depth in zip(self._nets, point, strict=True)]
        base = sum([net - rest - rest * depth for net, rest, depth in zip(self._nets, left, point, strict=True)])
        candidates = self._candidates
        in_scope: dict[int, float] = {}
        weights = list(self._first)
        for n, depth in self._depth.items():
            scope = candidates.effects[candidates.effect[n]][1]
            if scope not in in_scope:
                in_scope[scope] = sum([left[place] for place in candidates.scopes[scope]])
            weights[n] = min(weights[n], depth * in_scope[scope])
        return base, weights

    def _best_set(self, weights: Sequence[float]) -> list[tuple[float, int]]:
        candidates = self._candidates
        ranked = sorted(zip(weights, range(len(weights)), strict=True), reverse=True)
        return best_within(ranked, candidates.slots, candidates.room, candidates.group)

    def _towards(self, point: Sequence[float], part: float, chosen: Sequence[int]) -> list[float]:
        candidates = self._candidates
        moved = [depth * (1 - part) for depth in point]
        for n in chosen:
            gain = part * self._depth[n]
            for place in candidates.scopes[candidates.effects[candidates.effect[n]][1]]:
                moved[place] += gain
        return moved
