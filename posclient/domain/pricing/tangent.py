"""How percentages overlap, for ``Linear``."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from operator import mul

from posclient.domain.pricing.candidates import Candidates
from posclient.domain.pricing.ceilings import best_set

#: Below so many different percentages the plain bounds do.
FEWEST = 2
#: Most is gained by the second step.
MOST_STEPS = 6


class Tangent:
    """No set takes off more than ``base`` and the sum of its ``weights``.

    Percentages p on a line leave net * exp(-y) of it, y being the sum of -ln(1 - p). What they take off is concave in
    y, so each tangent lies above it, and a tangent is a sum over coupons. The point to touch is moved a few times
    towards the best set of the last tangent (Frank and Wolfe), and the lowest tangent is kept. Where a percentage takes
    less anyway (caps), it keeps that weight and stays out of the sum.
    """

    def __init__(self, candidates: Candidates, nets: Sequence[int], weights: Sequence[float]) -> None:
        """``weights``: what is known already; 0 for candidates that are not to be looked at."""
        self._candidates = candidates
        self._known = weights
        self._depth = {
            n: -log(1 - coupon.rate / 10000)
            for n, coupon in enumerate(candidates.coupons)
            if 0 < coupon.rate < 10000 and weights[n]
        }
        self.helps = len({candidates.effect[n] for n in self._depth}) >= FEWEST
        if self.helps:
            self._touch([0.0] * len(nets))
            self._descend(nets)

    def at(self, nets: Sequence[int]) -> tuple[float, Sequence[float]]:
        """(base, weights) for ``nets``, none above those of the start."""
        if not self.helps:
            return 0.0, self._known
        left = list(map(mul, nets, self._left))
        in_scope: dict[int, float] = {}
        weights = list(self._known)
        for n, depth in self._depth.items():
            scope = self._candidates.scope(n)
            if scope not in in_scope:
                in_scope[scope] = sum([left[place] for place in self._candidates.scopes[scope]])
            weights[n] = min(weights[n], depth * in_scope[scope])
        return sum(map(mul, nets, self._gone)), weights

    def _touch(self, point: Sequence[float]) -> None:
        """The tangent at ``point``: the parts of a line that are left there, and that the constant holds."""
        self._left = [exp(-depth) for depth in point]
        self._gone = [1 - left - left * depth for left, depth in zip(self._left, point, strict=True)]

    def _descend(self, nets: Sequence[int]) -> None:
        lowest = None
        best_point = point = [0.0] * len(nets)
        for step in range(MOST_STEPS):
            self._touch(point)
            base, weights = self.at(nets)
            best = best_set(self._candidates, weights)
            ceiling = base + sum([worth for worth, _ in best])
            if lowest is None or ceiling < lowest:
                lowest, best_point = ceiling, point
            elif step > 1:
                break
            overlapping = [n for worth, n in best if n in self._depth and (step == 0 or worth < self._known[n])]
            point = self._towards(point, 2 / (step + 2), overlapping)
        self._touch(best_point)

    def _towards(self, point: Sequence[float], part: float, chosen: Sequence[int]) -> list[float]:
        moved = [depth * (1 - part) for depth in point]
        for n in chosen:
            gain = part * self._depth[n]
            for place in self._candidates.scopes[self._candidates.scope(n)]:
                moved[place] += gain
        return moved
