"""业绩归属: who gets how much of a line's performance.

Performance goes to the selling guide; the own guide is recorded beside them and shares by HQ's rule
(``own_guide_bp``: basis points of a line's net that go to the own guide when another guide sold it).
The rate is kept with the sale, so that a refund reverses it at the original rate (ux.md, guide).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """``amount`` fen of line ``line`` for ``guide``; ``role`` is selling or own; ``bp`` the rate."""

    line: str
    guide: str
    role: str
    bp: int
    amount: int


def attribute(line: str, net: int, selling: str | None, own: str | None, own_guide_bp: int) -> tuple[Share, ...]:
    """Split one line's net. Sums to ``net`` exactly when anybody is there to get it."""
    if selling is None:
        return (Share(line, own, "own", 10000, net),) if own else ()
    if own is None or own == selling or own_guide_bp == 0:
        return (Share(line, selling, "selling", 10000, net),)
    to_own = net * own_guide_bp // 10000
    return (
        Share(line, selling, "selling", 10000 - own_guide_bp, net - to_own),
        Share(line, own, "own", own_guide_bp, to_own),
    )
