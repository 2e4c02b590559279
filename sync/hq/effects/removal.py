"""What was rung up and taken out again before anybody paid: kept for whoever asks (M7), with no effect of its own."""

from __future__ import annotations

from sync.hq.bodies import CartClearedV1, SaleCompletedV1
from sync.hq.fact_tables import RemovalRow
from sync.hq.work import Received, Work


def cart_cleared(work: Work, received: Received, cleared: CartClearedV1) -> str | None:
    """No sale came of the cart."""
    note_removals(work, received.fact.id, cleared, reason=cleared.reason)
    return None


def note_removals(
    work: Work, fact: str, told: SaleCompletedV1 | CartClearedV1, *, receipt: str = "", reason: str = ""
) -> None:
    """One row for each, by the business day of the fact that tells of it."""
    for one in told.removals:
        work.add(
            RemovalRow, fact=fact, terminal=work.terminal.id, store=told.store, business_date=told.business_date,
            at=one.at, cashier=one.by or "", sku=one.sku, name=one.name, qty=one.qty, price=one.price,
            amount=one.qty * one.price, receipt=receipt, reason=reason,
        )  # fmt: skip
