"""What was rung up and taken out again before anybody paid (M7): the newest first, and who did it most of late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from anyio.to_thread import run_sync
from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Session
from sqlmodel import col, select
from starlette.requests import Request
from starlette_admin.fields import BaseField
from starlette_admin.i18n import get_tzinfo

from posclient.domain.money import yuan_in_groups
from sync.hq.console import lookups
from sync.hq.console.lists import Long, at, shown, text
from sync.hq.console.masking import masked
from sync.hq.console.words import say
from sync.hq.fact_tables import RemovalRow
from sync.hq.service import Hq

#: Business days that are summed up above the list, and rows of that.
SUMMED_DAYS, MOST_SUMS = 7, 20


class Removals(Long):
    """One row for each time that a line was taken out, or pieces of it."""

    key = "removal"
    list_template = "removals.html"
    order = (RemovalRow.business_date, RemovalRow.at)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            at(), text("terminal"), text("cashier"), text("name"),
            shown("qty", lambda _request, row: str(row.qty)),
            shown("amount", lambda _request, row: yuan_in_groups(row.amount)),
            shown("ended", lambda _request, row: _ended(row)), text("sku", exclude_from_list=True),
            shown("price", lambda _request, row: yuan_in_groups(row.price), exclude_from_list=True),
            text("business_date", exclude_from_list=True), text("fact", exclude_from_list=True),
        ]  # fmt: skip
        super().__init__(hq, RemovalRow, "fa fa-eraser")

    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        return lookups.removals_of(session, term)

    async def find_all(self, request: Request, *args: Any, **options: Any) -> Sequence[Any]:
        rows = await super().find_all(request, *args, **options)
        today = self.hq.clock.now().astimezone(get_tzinfo()).date()
        request.state.sums = await run_sync(_sums, request.state.session, today)
        return rows


def _sums(session: Session, today: date) -> list[tuple[str, str, int, int]]:
    """Store, who, how often and fen, the largest sum first."""
    since, sum_ = (today - timedelta(days=SUMMED_DAYS - 1)).isoformat(), func.sum(RemovalRow.amount)
    grouped = (
        select(RemovalRow.store, RemovalRow.cashier, func.count(), sum_)
        .where(col(RemovalRow.business_date) >= since)
        .group_by(col(RemovalRow.store), col(RemovalRow.cashier))
    )
    found = session.execute(grouped.order_by(sum_.desc()).limit(MOST_SUMS))
    return [(store, cashier, count, int(amount)) for store, cashier, count, amount in found]  # PostgreSQL sums decimals


def _ended(row: RemovalRow) -> str:
    """What became of its cart."""
    if row.receipt:
        return row.receipt
    return say("console.removal.cleared") + (f" · {masked(row.reason)}" if row.reason else "")
