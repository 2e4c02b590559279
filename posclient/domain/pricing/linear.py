"""A bound for all sets at once: no permitted set takes off more than ``base`` and the sum of its ``weights``."""

from __future__ import annotations

from collections.abc import Sequence

from posclient.domain.pricing.candidates import Candidates
from posclient.domain.pricing.tangent import Tangent
from posclient.domain.pricing.unit_levels import UnitLevels


class Linear:
    """Exchanges and percentages are bounded each by themselves, as if the others were not there.

    That is allowed, since where others took something off there is less to take. Every other coupon weighs what it
    takes off first of all, for the same reason. ``helps``: is it more than that?

    The bounds are those of exact fractions. Rounding moves at most a quarter of a fen per line and one in all with each
    coupon, and nothing makes that more later: ``base`` includes it, and what floating point may lose.
    """

    def __init__(self, candidates: Candidates, nets: Sequence[int], taken: Sequence[int]) -> None:
        """``taken``: what each candidate takes off first of all; 0 for those that are not to be looked at."""
        levels = UnitLevels(candidates, nets, [float(one) for one in taken])
        tangent = Tangent(candidates, nets, levels.weights)
        self.helps = levels.helps or tangent.helps
        self.base = levels.base + tangent.base + candidates.slots * (len(nets) / 4 + 1) + 1e-9 * sum(nets) + 1
        self.weights = [
            weight + candidates.bonus if coupon.pinned else weight
            for weight, coupon in zip(tangent.weights, candidates.coupons, strict=True)
        ]
