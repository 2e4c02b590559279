"""积分: points that a sale earns, and what they are worth where the chain takes them as a tender.

They are earned on what was paid for with money, never on what was taken off or paid with points (T-49).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from posclient.domain.tenders import Payment, Points

#: ``points_per_yuan`` is per 100 fen.
FEN_OF_A_YUAN = 100


def earned_points(base: int, points_per_yuan: int) -> int:
    """Whole points of ``base`` fen, rounded down: nobody is given what they did not pay for."""
    return base * points_per_yuan // FEN_OF_A_YUAN


@dataclass(frozen=True, slots=True)
class Worth:
    """``for_yuan`` points are worth a yuan, 0: points are no tender; they are taken in steps of ``step``."""

    for_yuan: int = 0
    step: int = 100

    @property
    def step_fen(self) -> int:
        """Fen of one step, rounded down; 0: points are no tender."""
        return self.step * FEN_OF_A_YUAN // self.for_yuan if self.for_yuan > 0 else 0

    def fen(self, points: int) -> int:
        """What the whole steps in ``points`` are worth."""
        return max(0, points) // self.step * self.step_fen

    def points(self, fen: int) -> int:
        """Points of as many whole steps as ``fen`` holds."""
        return max(0, fen) // self.step_fen * self.step if self.step_fen else 0


#: Where the chain takes no points as a tender.
NO_WORTH = Worth()


def spent_points(payments: Iterable[Payment]) -> int:
    """Points that were paid with."""
    return sum(int(one.reference) for one in payments if one.tender == Points.kind)
