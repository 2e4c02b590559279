"""积分: points that a sale earns. They are earned on what was paid for, never on what was taken off (T-49)."""

from __future__ import annotations

#: ``points_per_yuan`` is per 100 fen.
FEN_OF_A_YUAN = 100


def earned_points(base: int, points_per_yuan: int) -> int:
    """Whole points of ``base`` fen, rounded down: nobody is given what they did not pay for."""
    return base * points_per_yuan // FEN_OF_A_YUAN
