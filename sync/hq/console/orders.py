"""代客下单: what guides have ordered, and where HQ has it sent from (G1, H5)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from anyio.to_thread import run_sync
from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col
from starlette.requests import Request
from starlette_admin.fields import BaseField

from posclient.domain.money import yuan, yuan_in_groups
from sync.hq.console.lists import Long, at, shown, text
from sync.hq.console.login import may_act, want_administrator
from sync.hq.console.words import say
from sync.hq.fact_tables import ValetOrderRow
from sync.hq.service import Hq
from sync.hq.tables import Terminal


class ValetOrders(Long):
    """The newest first: their ids begin with the time."""

    key = "valet_order"
    order = (ValetOrderRow.id,)
    titled_by = ("number",)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("number"), text("store"), at(), text("guide"), text("member"),
            shown("total", lambda _request, row: yuan_in_groups(row.total)),
            shown("state", lambda _request, row: say(f"valet.state.{row.state}")), text("ships_from"),
            shown("discount", lambda _request, row: yuan_in_groups(row.discount), exclude_from_list=True),
            shown("lines", lambda _request, row: _lines(row), exclude_from_list=True),
            shown("address", self._address, exclude_from_list=True), text("fact", exclude_from_list=True),
        ]  # fmt: skip
        super().__init__(hq, ValetOrderRow, "fa fa-truck")
        next(field for field in self.fields if field.name == "lines").detail_template = "pre.html"

    async def _address(self, request: Request, row: ValetOrderRow) -> str:
        """To an administrator, who is named in the audit for it."""
        if not may_act(request):
            return say("console.address.administrators")
        found = await run_sync(self.hq.order_address, want_administrator(request), row.fact)
        return f"{found.name} · {found.phone} · {found.text}" if found else say("console.address.none")

    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        """A number, which begins with its till; a till; or the id of an order."""
        till = session.get(Terminal, term) or session.get(Terminal, term.rpartition("-")[0])
        if till is None:
            return col(ValetOrderRow.id) == term
        here = col(ValetOrderRow.terminal) == till.id
        return here if till.id == term else and_(here, col(ValetOrderRow.number) == term)


def _lines(row: ValetOrderRow) -> str:
    lines = json.loads(row.lines)
    return "\n".join(f"{one['sku']}  {one['name']}  {one['qty']} × {yuan(one['price'])}" for one in lines)
