"""代客下单: what guides have ordered, and where HQ has it sent from, which people may change (G1, H5)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from anyio.to_thread import run_sync
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette_admin.actions import row_action
from starlette_admin.exceptions import ActionFailed
from starlette_admin.fields import BaseField

from posclient.domain.money import yuan, yuan_in_groups
from posclient.errors import PosError
from sync.hq.chain_tables import StoreRow
from sync.hq.console.lists import Long, at, shown, text
from sync.hq.console.login import may_act, want_administrator
from sync.hq.console.words import say, told, word
from sync.hq.fact_tables import FactRow, ValetOrderRow
from sync.hq.rerouting import SENT, other_places, reroute
from sync.hq.service import Hq
from sync.hq.tables import Terminal


async def _places_form(request: Request, row: Any) -> str:
    """Who else has all of it."""
    return await run_sync(_choices, request.state.session, row)


def _choices(session: Session, row: ValetOrderRow) -> str:
    places = {one.id: one for one in session.execute(select(StoreRow)).scalars()}
    options = "".join(
        f'<option value="{escape(place)}">{escape(f"{place} · {places[place].name} · {qty}")}</option>'
        for place, qty in other_places(session, places, row).items()
    )
    if not options:
        return f'<form class="mt-3"><p>{escape(say("console.reroute_nowhere"))}</p></form>'
    label = escape(say("console.reroute_to"))
    return (
        f'<form class="mt-3"><label class="form-label" for="place">{label}</label>'
        f'<select class="form-select" id="place" name="place">{options}</select></form>'
    )


async def _expected(request: Request, row: Any) -> str | None:
    """The place that the customer was told of, which stands in the fact alone."""
    placed = await run_sync(request.state.session.get, FactRow, row.fact)
    return json.loads(placed.body).get("expected") if placed else None


class ValetOrders(Long):
    """The newest first: their ids begin with the time."""

    key = "valet_order"
    row_actions: Sequence[str] = ("view", "reroute")
    order = (ValetOrderRow.id,)
    titled_by = ("number",)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("number"), text("store"), at(), text("guide"), text("member"),
            shown("total", lambda _request, row: yuan_in_groups(row.total)),
            shown("state", lambda _request, row: say(f"valet.state.{row.state}")), text("ships_from"),
            shown("discount", lambda _request, row: yuan_in_groups(row.discount), exclude_from_list=True),
            shown("lines", lambda _request, row: _lines(row), exclude_from_list=True),
            shown("told_place", _expected, exclude_from_list=True),
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

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        allowed = await super().is_row_action_allowed(request, name)
        return allowed and (name == "view" or may_act(request))

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        allowed = await super().is_row_action_allowed_for_obj(request, name, obj)
        return allowed and (name != "reroute" or obj.state in SENT)

    @row_action(
        "reroute", word("console.reroute"), word("console.reroute_sure"), icon_class="fa fa-shuffle", modal_size="md",
        submit_btn_class="btn btn-primary", submit_btn_text=word("console.reroute"), form=_places_form,
        exclude_from_list=True,
    )  # fmt: skip
    async def reroute(self, request: Request, pk: Any) -> str:
        """Send it from another place; the guide is told."""
        who, place = want_administrator(request), str((await request.form()).get("place", ""))
        if not place:
            raise ActionFailed(say("console.reroute_nowhere"))
        try:
            await run_sync(reroute, self.hq.database, self.hq.clock, who, str(pk), place)
        except PosError as error:
            raise ActionFailed(told(error)) from None
        return say("console.rerouted", store=place)

    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        """A number, which begins with its till; a till, a guide; or the id of an order or of its fact."""
        till = session.get(Terminal, term) or session.get(Terminal, term.rpartition("-")[0])
        if till is None:
            return or_(*(col(one) == term for one in (ValetOrderRow.id, ValetOrderRow.fact, ValetOrderRow.guide)))
        here = col(ValetOrderRow.terminal) == till.id
        return here if till.id == term else and_(here, col(ValetOrderRow.number) == term)


def _lines(row: ValetOrderRow) -> str:
    lines = json.loads(row.lines)
    return "\n".join(f"{one['sku']}  {one['name']}  {one['qty']} × {yuan(one['price'])}" for one in lines)
