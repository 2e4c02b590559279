"""A bound for all sets at once: no permitted set takes off more than a base and the sum of its coupons' weights."""

from __future__ import annotations

from collections.abc import Sequence

from posclient.domain.pricing.candidates import Candidates, Weights
from posclient.domain.pricing.ceilings import best_set
from posclient.domain.pricing.tangent import Tangent
from posclient.domain.pricing.unit_levels import UnitLevels

#: Of fewer coupons no set is worth a bound of its own.
FEWEST = 6


class Linear:
    """Exchanges and percentages are bounded each by themselves, as if the others were not there.

    That is allowed, since where others took something off there is less to take. Every other coupon weighs what it
    takes off first of all, for the same reason. ``helps``: is it more than that?

    The bounds are those of exact fractions. Rounding moves at most one fen with each coupon, and with those that are
    shared a quarter of a fen per line besides, from line to line; nothing makes that more later. The base includes it,
    and what floating point may lose. Where units are taken off whole lines of one piece nothing is rounded.
    """

    def __init__(self, candidates: Candidates, nets: Sequence[int], taken: Sequence[int]) -> None:
        """``taken``: what each candidate takes off first of all; 0 for those that are not to be looked at."""
        self._candidates = candidates
        self._taken = taken
        self.helps = len(taken) >= FEWEST and candidates.slots > 0
        if self.helps:
            self._set_up(nets)

    def _set_up(self, nets: Sequence[int]) -> None:
        candidates = self._candidates
        self._levels = UnitLevels(candidates, nets, [float(one) for one in self._taken])
        self._tangent = Tangent(candidates, nets, self._levels.weights)
        moved = 1 + len(nets) / 4 if self._tangent.helps else 1.0
        self._slack = 1e-9 * sum(nets) + (0.0 if candidates.whole else candidates.slots * moved + 1)
        self.helps = self._levels.helps or self._tangent.helps

    def most(self, nets: Sequence[int]) -> int:
        """No permitted set takes off more, with the bonuses of pinned coupons."""
        bound = self.at(nets)
        return int(bound.base + sum([worth for worth, _ in best_set(self._candidates, bound.weights)]))

    def at(self, nets: Sequence[int]) -> Weights:
        """The bound for what is left on the lines."""
        if not self.helps:
            return Weights(0.0, self._taken)
        base, weights = self._tangent.at(nets)
        candidates = self._candidates
        if candidates.bonuses:
            weights = [
                weight + candidates.bonus if coupon.pinned else weight
                for weight, coupon in zip(weights, candidates.coupons, strict=True)
            ]
        return Weights(base + self._levels.base(nets) + self._slack, weights)
