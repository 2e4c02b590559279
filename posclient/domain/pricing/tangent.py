"""How percentages overlap, for ``Linear``."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from posclient.domain.pricing.candidates import Candidates
from posclient.domain.pricing.ceilings import best_set

#: Below so many percentages the plain bounds do.
FEWEST = 4
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
        self._nets = nets
        self._first = weights
        self._depth = {
            n: -log(1 - coupon.rate / 10000)
            for n, coupon in enumerate(candidates.coupons)
            if 0 < coupon.rate < 10000 and weights[n]
        }
        self.helps = len(self._depth) >= FEWEST
        self.base, self.weights = 0.0, weights
        if self.helps:
            self._descend()

    def _descend(self) -> None:
        lowest = sum([worth for worth, _ in best_set(self._candidates, self._first)])
        point = [0.0] * len(self._nets)
        for step in range(MOST_STEPS):
            base, weights = self._touch(point)
            best = best_set(self._candidates, weights)
            ceiling = base + sum([worth for worth, _ in best])
            if ceiling < lowest:
                lowest, self.base, self.weights = ceiling, base, weights
            overlapping = [n for worth, n in best if n in self._depth and (step == 0 or worth < self._first[n])]
            point = self._towards(point, 2 / (step + 2), overlapping)

    def _touch(self, point: Sequence[float]) -> tuple[float, list[float]]:
        """The tangent at ``point``: its constant and the weight of each candidate."""
        left = [net * exp(-depth) for net, depth in zip(self._nets, point, strict=True)]
        base = sum([net - rest - rest * depth for net, rest, depth in zip(self._nets, left, point, strict=True)])
        in_scope: dict[int, float] = {}
        weights = list(self._first)
        for n, depth in self._depth.items():
            scope = self._candidates.scope(n)
            if scope not in in_scope:
                in_scope[scope] = sum([left[place] for place in self._candidates.scopes[scope]])
            weights[n] = min(weights[n], depth * in_scope[scope])
        return base, weights

    def _towards(self, point: Sequence[float], part: float, chosen: Sequence[int]) -> list[float]:
        moved = [depth * (1 - part) for depth in point]
        for n in chosen:
            gain = part * self._depth[n]
            for place in self._candidates.scopes[self._candidates.scope(n)]:
                moved[place] += gain
        return moved
