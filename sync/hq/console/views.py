"""The console's lists that only show: each over one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anyio.to_thread import run_sync
from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette_admin.fields import BaseField

from posclient.domain.money import yuan_in_groups
from sync.hq.chain_tables import CouponRow
from sync.hq.console import lookups
from sync.hq.console.lists import Long, ReadOnly, at, kind, raw, shown, text, when
from sync.hq.console.masking import masked
from sync.hq.console.words import say
from sync.hq.console_tables import Administrator, ConsoleAct
from sync.hq.fact_tables import FactRow, SaleRow
from sync.hq.service import Hq
from sync.hq.tables import Terminal


class Facts(Long):
    """Everything that tills sent, as it came."""

    key = "fact"
    order = (FactRow.received_ms,)
    titled_by = ("terminal", "seq")

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("terminal"), text("seq"), kind(), shown("outcome", lambda _request, row: _outcome(row)),
            when("received", lambda _request, row: row.received_ms), raw(), text("id", exclude_from_list=True),
            text("hash", exclude_from_list=True),
        ]  # fmt: skip
        super().__init__(hq, FactRow, "fa fa-list")

    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        if session.get(Terminal, term) is not None:
            return col(FactRow.terminal) == term
        return col(FactRow.id).in_([term, *lookups.facts_of(session, term)])


class Sales(Long):
    """Sales, with their lines and payments."""

    key = "sale"
    order = (SaleRow.business_date, SaleRow.at)
    titled_by = ("receipt",)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("receipt"), text("store"), at(),
            shown("total", lambda _request, row: yuan_in_groups(row.total)),
            text("cashier"), text("guide"), text("member"),
            shown("gross", lambda _request, row: yuan_in_groups(row.gross), exclude_from_list=True),
            shown("rounding", lambda _request, row: yuan_in_groups(row.rounding), exclude_from_list=True),
            shown("lines", self._lines, exclude_from_list=True), text("fact", exclude_from_list=True),
        ]  # fmt: skip
        super().__init__(hq, SaleRow, "fa fa-receipt")
        next(field for field in self.fields if field.name == "lines").detail_template = "pre.html"

    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        return lookups.sales_of(session, term)

    async def _lines(self, request: Request, row: SaleRow) -> str:
        return await run_sync(lookups.sale_lines, request.state.session, row.fact)


class Coupons(Long):
    """Coupons of members."""

    key = "coupon"
    order = (CouponRow.id,)
    newest_first = False

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("id"),
            shown("name", lambda request, row: request.state.coupons[row.id].name),
            shown("member", lambda request, row: request.state.coupons[row.id].member),
            shown("state", lambda _request, row: say(f"console.coupon.{row.state}")),
            shown("until", lambda request, row: request.state.coupons[row.id].until),
            shown("rule", lambda request, row: request.state.coupons[row.id].rule, exclude_from_list=True),
        ]  # fmt: skip
        super().__init__(hq, CouponRow, "fa fa-ticket")
        next(field for field in self.fields if field.name == "rule").detail_template = "pre.html"

    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        return or_(col(CouponRow.id) == term, col(CouponRow.member).in_(lookups.members_of(session, term)))

    async def find_all(self, request: Request, *args: Any, **options: Any) -> Sequence[Any]:
        rows = await super().find_all(request, *args, **options)
        request.state.coupons = await run_sync(lookups.coupons, request.state.session, rows)
        return rows

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        row = await super().find_by_pk(request, pk)
        request.state.coupons = await run_sync(lookups.coupons, request.state.session, [row] if row else [])
        return row


class Acts(ReadOnly):
    """Who did what at the console; nobody can change a line."""

    key = "act"
    searchable_fields = ("administrator",)
    by_part = (ConsoleAct.administrator, ConsoleAct.act)
    fields_default_sort = (("number", True),)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("number"), when("when", lambda _request, row: row.at_ms), text("administrator"),
            shown("act_done", lambda _request, row: say(f"console.act.{row.act}")), text("subject"),
            shown("note", lambda _request, row: masked(row.note)),
        ]  # fmt: skip
        super().__init__(hq, ConsoleAct, "fa fa-clipboard-list")

    def in_full(self, session: Session, term: str) -> Sequence[ColumnElement[bool]]:  # noqa: ARG002
        """What it was about, which may be a member; of a till or a person who may log in any part of the name."""
        subject = col(ConsoleAct.subject)
        named = (
            select(one).where(col(one).icontains(term, autoescape=True)) for one in (Terminal.id, Administrator.name)
        )
        return [subject == term, *(subject.in_(one) for one in named)]


def _outcome(row: FactRow) -> str:
    """What the till was told, and why."""
    said = say(f"console.outcome.{row.outcome}")
    of = "why" if row.outcome == "quarantined" else "exception"
    return f"{said} · {say(f'console.{of}.{row.code}')}" if row.code else said
