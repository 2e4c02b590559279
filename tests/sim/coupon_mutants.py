"""Faults that somebody might build into the settlement of coupons: one use counts all the same, and not the right one,
or somebody else pays for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from sync.hq.bodies import SaleCompletedV1
from sync.hq.effects import coupon
from sync.hq.fact_tables import CouponUseRow, SaleRow
from sync.hq.work import Work

Mutant = Callable[[pytest.MonkeyPatch], None]


def a_clock_counts_twice(patch: pytest.MonkeyPatch) -> None:
    """HQ corrects a sale's time, which is its own already, by how far the till's clock is off. It was ours."""

    def moved(sale: SaleCompletedV1) -> datetime:
        return datetime.fromisoformat(sale.at) + timedelta(milliseconds=sale.clock.offset_ms or 0)

    patch.setattr(coupon, "_used_at", moved)


def who_came_first_wins(patch: pytest.MonkeyPatch) -> None:
    """Whatever right the other has."""
    settle = coupon._settle

    def hasty(work: Work, key: str, *, leased: bool) -> str:
        lost = settle(work, key, leased=False)
        return "first" if leased and lost == "lease" else lost

    patch.setattr(coupon, "_settle", hasty)


def the_winner_pays(patch: pytest.MonkeyPatch) -> None:
    """The loss of a use that came too late is booked where the coupon had been used before."""
    lose = coupon._lose

    def swapped(work: Work, use: Any, settled: str) -> str:
        first = select(SaleRow).join(CouponUseRow, CouponUseRow.fact == SaleRow.fact)  # type: ignore[arg-type]
        won = work.session.exec(first.where(CouponUseRow.coupon == use.coupon, CouponUseRow.first)).first()
        paid = {"store": won.store, "terminal": won.terminal, "cashier": won.cashier} if won else {}
        return lose(work, replace(use, **paid), settled)

    patch.setattr(coupon, "_lose", swapped)


COUPONS: dict[str, Mutant] = {
    one.__name__.replace("_", " "): one for one in (a_clock_counts_twice, who_came_first_wins, the_winner_pays)
}
