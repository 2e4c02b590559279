"""The console's lists: read only, each over one table, with the few acts that a person may do."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from anyio.to_thread import run_sync
from sqlalchemy import Select
from starlette.requests import Request
from starlette_admin.actions import row_action
from starlette_admin.contrib.sqlmodel import ModelView
from starlette_admin.fields import BaseField, ComputedField, DateTimeField, StringField

from posclient.domain.money import yuan
from sync.hq.chain_tables import CouponRow
from sync.hq.clock import milliseconds
from sync.hq.console import lookups
from sync.hq.console.login import who
from sync.hq.console.masking import masked, shown_body
from sync.hq.console.words import say, word
from sync.hq.console_tables import QuarantineLook
from sync.hq.fact_tables import FactRow, Quarantine, SaleRow
from sync.hq.service import Hq
from sync.hq.tables import Terminal

log = logging.getLogger(__name__)


def text(name: str, **options: Any) -> StringField:
    """A column as it is."""
    return StringField(name, label=word(f"console.{name}"), **options)


def shown(name: str, getter: Any, **options: Any) -> ComputedField:
    """What ``getter(request, row)`` says."""
    return ComputedField(name, label=word(f"console.{name}"), getter=getter, **options)


def when(name: str, getter: Any) -> DateTimeField:
    """Unix milliseconds as a time, in the browser's zone."""

    def instant(request: Request, row: Any) -> datetime | None:
        found = getter(request, row)
        return None if found is None else datetime.fromtimestamp(found / 1000, UTC)

    return DateTimeField(name, label=word(f"console.{name}"), getter=instant, searchable=False, orderable=False)


def raw() -> ComputedField:
    """A fact's body."""
    body = shown("body", lambda _request, row: shown_body(row.body), exclude_from_list=True)
    body.detail_template = "pre.html"
    return body


class ReadOnly(ModelView):
    """Nothing can be changed, brought in or taken out here."""

    page_size = 25
    column_visibility = False
    sortable_fields: Sequence[str] | None = ()

    def __init__(self, hq: Hq, model: type[Any], icon: str) -> None:
        self.hq = hq
        super().__init__(model, icon, word(f"console.{self.key}"), word(f"console.{self.key}s"))
        if self._pk_coerce is object:  # the library does not know SQLModel's own type of texts
            self._pk_coerce = str

    def can_create(self, request: Request) -> bool:  # noqa: ARG002
        return False

    def can_edit(self, request: Request) -> bool:  # noqa: ARG002
        return False

    def can_delete(self, request: Request) -> bool:  # noqa: ARG002
        return False

    def can_export(self, request: Request) -> bool:  # noqa: ARG002
        return False

    def can_import(self, request: Request) -> bool:  # noqa: ARG002
        return False


class Terminals(ReadOnly):
    """Tills and their health; a lost or stolen one is shut out here."""

    key = "terminal"
    searchable_fields = ("id", "store")
    row_actions = ("view", "revoke")
    fields_default_sort = ("id",)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("id"), text("store"),
            shown("state", lambda _request, row: say(f"console.state.{lookups.state(hq, row)}")),
            when("last_contact", lambda _request, row: hq.contacts.last(row.id, row.seen_ms)),
            text("version"),
            shown("clock_offset", lambda request, row: lookups.seconds(request.state.offsets.get(row.id))),
            shown("received_seq", lambda request, row: request.state.received.get(row.id)),
            when("enrolled", lambda _request, row: row.enrolled_ms),
        ]  # fmt: skip
        super().__init__(hq, Terminal, "fa fa-cash-register")

    async def find_all(self, request: Request, *args: Any, **options: Any) -> Sequence[Any]:
        rows = await super().find_all(request, *args, **options)
        await self._look_up(request, rows)
        return rows

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        row = await super().find_by_pk(request, pk)
        await self._look_up(request, [row] if row else [])
        return row

    async def _look_up(self, request: Request, rows: Sequence[Terminal]) -> None:
        session = request.state.session
        request.state.offsets = await run_sync(lookups.clock_offsets, session, rows)
        request.state.received = await run_sync(lookups.received, session, rows)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        allowed = await super().is_row_action_allowed_for_obj(request, name, obj)
        return allowed and (name != "revoke" or (obj.enrolled_ms is not None and not obj.revoked))

    @row_action(
        "revoke", word("console.revoke"), word("console.revoke_sure"), icon_class="fa fa-ban",
        submit_btn_class="btn btn-danger", submit_btn_text=word("console.revoke"),
    )  # fmt: skip
    async def revoke(self, request: Request, pk: Any) -> str:
        """Shut a till out."""
        await run_sync(self.hq.revoke, str(pk))
        log.info("console", extra={"admin": who(request), "act": "revoke", "terminal": str(pk)})
        return say("console.revoked", terminal=str(pk))


class Facts(ReadOnly):
    """Everything that tills sent, as it came."""

    key = "fact"
    searchable_fields = ("id", "terminal", "kind", "code")
    fields_default_sort = (("received_ms", True),)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("id"), text("terminal"), text("seq"), text("kind"), text("outcome"), text("code"),
            when("received", lambda _request, row: row.received_ms), raw(), text("hash", exclude_from_list=True),
        ]  # fmt: skip
        super().__init__(hq, FactRow, "fa fa-list")


class Exceptions(Facts):
    """Facts that were applied although something contradicted: for settlement."""

    key = "exception"

    def get_list_query(self, request: Request) -> Select[Any]:
        return super().get_list_query(request).where(FactRow.outcome == "applied_with_exception")  # type: ignore[arg-type]

    def get_count_query(self, request: Request) -> Select[Any]:
        return super().get_count_query(request).where(FactRow.outcome == "applied_with_exception")  # type: ignore[arg-type]


class QuarantineFacts(ReadOnly):
    """Facts that HQ could not take, raw, and why."""

    key = "quarantine"
    searchable_fields = ("terminal", "fact", "kind", "code")
    row_actions = ("view", "looked_at")
    fields_default_sort = (("number", True),)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("number"), text("terminal"), text("seq"), text("kind"),
            shown("why", lambda _request, row: say(f"console.why.{row.code}")),
            when("received", lambda _request, row: row.received_ms),
            shown("looked_at", lambda request, row: request.state.looks.get(row.number)),
            shown("detail", lambda _request, row: masked(row.detail), exclude_from_list=True),
            text("fact", exclude_from_list=True), text("hash", exclude_from_list=True), raw(),
        ]  # fmt: skip
        super().__init__(hq, Quarantine, "fa fa-triangle-exclamation")

    async def find_all(self, request: Request, *args: Any, **options: Any) -> Sequence[Any]:
        rows = await super().find_all(request, *args, **options)
        request.state.looks = await run_sync(lookups.looks, request.state.session, [row.number for row in rows])
        return rows

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        request.state.looks = await run_sync(lookups.looks, request.state.session, [int(pk)])
        return await super().find_by_pk(request, pk)

    @row_action("looked_at", word("console.mark"), icon_class="fa fa-check")
    async def looked_at(self, request: Request, pk: Any) -> str:
        """A person has looked at it."""
        look = QuarantineLook(number=int(pk), administrator=who(request), looked_ms=milliseconds(self.hq.clock))
        await run_sync(lookups.keep, self.hq.database, look)
        log.info("console", extra={"admin": who(request), "act": "looked at"})
        return say("console.marked")


class Sales(ReadOnly):
    """Sales, with their lines and payments."""

    key = "sale"
    searchable_fields = ("receipt", "terminal", "store", "member", "guide", "basket")
    fields_default_sort = (("at", True),)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("receipt"), text("store"), text("at"),
            shown("total", lambda _request, row: yuan(row.total)),
            text("cashier"), text("guide"), text("member"),
            shown("gross", lambda _request, row: yuan(row.gross), exclude_from_list=True),
            shown("rounding", lambda _request, row: yuan(row.rounding), exclude_from_list=True),
            shown("lines", self._lines, exclude_from_list=True), text("fact", exclude_from_list=True),
        ]  # fmt: skip
        super().__init__(hq, SaleRow, "fa fa-receipt")
        next(field for field in self.fields if field.name == "lines").detail_template = "pre.html"

    async def _lines(self, request: Request, row: SaleRow) -> str:
        return await run_sync(lookups.sale_lines, request.state.session, row.fact)


class Coupons(ReadOnly):
    """Coupons of members."""

    key = "coupon"
    searchable_fields = ("id",)
    fields_default_sort = ("id",)

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

    async def find_all(self, request: Request, *args: Any, **options: Any) -> Sequence[Any]:
        rows = await super().find_all(request, *args, **options)
        request.state.coupons = await run_sync(lookups.coupons, request.state.session, rows)
        return rows

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        row = await super().find_by_pk(request, pk)
        request.state.coupons = await run_sync(lookups.coupons, request.state.session, [row] if row else [])
        return row
