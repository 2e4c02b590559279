"""What went wrong and waits for a person: facts in quarantine, incidents, losses, exceptions (T-14).

Nothing is deleted. What nobody has dealt with comes first; dealing with it wants a note, kept with who and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from anyio.to_thread import run_sync
from sqlalchemy import ColumnElement, Select
from sqlmodel import Session, col
from starlette.requests import Request
from starlette_admin.actions import row_action
from starlette_admin.exceptions import ActionFailed
from starlette_admin.fields import BaseField, ComputedField

from posclient.domain.money import yuan_in_groups
from posclient.errors import PosError
from sync.hq.console import lookups
from sync.hq.console.lists import ReadOnly, kind, raw, shown, text, when
from sync.hq.console.login import may_act, want_administrator
from sync.hq.console.masking import masked
from sync.hq.console.rendering import moment
from sync.hq.console.words import say, told, word
from sync.hq.fact_tables import IS_EXCEPTION, FactRow, Incident, Quarantine
from sync.hq.handling import MOST_NOTE, SUBJECTS, handled, is_open, settle
from sync.hq.lease_tables import LossRow
from sync.hq.repairing import AGAIN, dismiss
from sync.hq.service import Hq

#: Losses are summed by month above their list for so long; the file has all of them.
SUMMED_MONTHS = 12


def _note_form(_request: Request, _row: Any) -> str:
    label = escape(say("console.note_wanted"))
    return (
        f'<form class="mt-3"><label class="form-label" for="note">{label}</label>'
        f'<textarea class="form-control" id="note" name="note" rows="3" maxlength="{MOST_NOTE}"></textarea></form>'
    )


class Waiting(ReadOnly):
    """``key`` is one of ``handling.SUBJECTS``."""

    key: str
    list_template = "waiting.html"
    row_actions: Sequence[str] = ("view", "settle")

    def is_dealt_with(self) -> ComputedField:
        """Who dealt with it, how and when."""
        return shown("handled", lambda request, row: _dealt(request.state.handled.get(str(self.subject(row)))))

    def subject(self, row: Any) -> object:
        """What ``handled`` calls the row."""
        return getattr(row, SUBJECTS[self.key].key)

    def get_list_query(self, request: Request) -> Select[Any]:
        return super().get_list_query(request).order_by(is_open(self.key).desc())

    async def find_all(self, request: Request, *args: Any, **options: Any) -> Sequence[Any]:
        rows = await super().find_all(request, *args, **options)
        await self._look_up(request, rows)
        return rows

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        row = await super().find_by_pk(request, pk)
        await self._look_up(request, [row] if row else [])
        return row

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        allowed = await super().is_row_action_allowed(request, name)
        return allowed and (name == "view" or may_act(request))

    @row_action(
        "settle", word("console.settle"), word("console.settle_sure"), icon_class="fa fa-check", modal_size="md",
        submit_btn_class="btn btn-primary", submit_btn_text=word("console.settle"), form=_note_form,
    )  # fmt: skip
    async def settle(self, request: Request, pk: Any) -> str:
        """A person has dealt with it, and says how."""
        who, row = want_administrator(request), await self.find_by_pk(request, pk)
        if row is None:
            raise ActionFailed(say("console.gone"))
        note = str((await request.form()).get("note", ""))
        try:
            await run_sync(self._settle, who, str(self.subject(row)), note)
        except PosError as error:
            raise ActionFailed(told(error)) from None
        return say("console.settled")

    def _settle(self, who: str, subject: str, note: str) -> None:
        """``shared``: two people, or one who settles and one who tries again, are one after the other."""
        with self.hq.database.write(shared=True) as session:
            self.deal(session, who, subject, note)

    def deal(self, session: Session, who: str, subject: str, note: str) -> None:
        """Keep it. Errors as ``handling.settle``."""
        settle(session, self.hq.clock, who, self.key, subject, note)

    async def _look_up(self, request: Request, rows: Sequence[Any]) -> None:
        subjects = [self.subject(row) for row in rows]
        request.state.handled = await run_sync(handled, request.state.session, self.key, subjects)


class QuarantineFacts(Waiting):
    """Facts that HQ could not take, raw, and why. Some may count after all, once HQ can take them."""

    key = "quarantine"
    searchable_fields = ("terminal", "kind")
    by_part = (Quarantine.terminal, Quarantine.fact, Quarantine.kind, Quarantine.code)
    row_actions = ("view", "retry", "settle")
    fields_default_sort = (("number", True),)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("number"), text("terminal"), text("seq"), kind(),
            shown("why", lambda _request, row: say(f"console.why.{row.code}")),
            when("received", lambda _request, row: row.received_ms), self.is_dealt_with(),
            shown("detail", lambda _request, row: masked(row.detail), exclude_from_list=True),
            text("fact", exclude_from_list=True), text("hash", exclude_from_list=True), raw(),
        ]  # fmt: skip
        super().__init__(hq, Quarantine, "fa fa-triangle-exclamation")

    def deal(self, session: Session, who: str, subject: str, note: str) -> None:
        dismiss(session, self.hq.clock, who, int(subject), note)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        allowed = await super().is_row_action_allowed_for_obj(request, name, obj)
        dealt = request.state.handled.get(str(obj.number))
        counts = dealt is not None and dealt.how == "applied"
        return allowed and (name != "retry" or (obj.code in AGAIN and not counts))

    @row_action(
        "retry", word("console.retry"), word("console.retry_sure"), icon_class="fa fa-rotate-right", modal_size="md",
        submit_btn_class="btn btn-primary", submit_btn_text=word("console.retry"),
    )  # fmt: skip
    async def retry(self, request: Request, pk: Any) -> str:
        """Apply it now, as a whole or not at all."""
        who, row = want_administrator(request), await self.find_by_pk(request, pk)
        if row is None:
            raise ActionFailed(say("console.gone"))
        try:
            tried = await run_sync(self.hq.try_again, who, row.number)
        except PosError as error:
            raise ActionFailed(told(error)) from None
        if tried.outcome == "quarantined":
            raise ActionFailed(say("console.retried.quarantined", why=say(f"console.why.{tried.code}")))
        return say(f"console.retried.{tried.outcome}", code=tried.code or "")


class Incidents(Waiting):
    """Journals that are not as they were made, and pushes of tills that were shut out (S-19, S-21, S-24)."""

    key = "incident"
    searchable_fields = ("terminal",)
    by_part = (Incident.terminal, Incident.fact, Incident.code)
    fields_default_sort = (("number", True),)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("number"), when("when", lambda _request, row: row.at_ms), text("terminal"),
            shown("why", lambda _request, row: say(f"console.incident.{row.code}")),
            shown("seq", lambda _request, row: _seqs(row)), self.is_dealt_with(),
            text("incarnation", exclude_from_list=True), text("fact", exclude_from_list=True),
            text("expected", exclude_from_list=True), text("found", exclude_from_list=True),
        ]  # fmt: skip
        super().__init__(hq, Incident, "fa fa-bolt")


class Losses(Waiting):
    """What sales gave away that they had no right to; the sales stand. Summed by store and month above the list."""

    key, plural = "loss", "losses"
    list_template = "losses.html"
    searchable_fields = ("store", "cashier", "receipt")
    by_part = (LossRow.store, LossRow.terminal, LossRow.cashier, LossRow.receipt, LossRow.approver)
    fields_default_sort = (("number", True),)

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("number"), when("when", lambda _request, row: row.at_ms),
            shown("kind", lambda _request, row: say(f"console.loss.{row.kind}")), text("store"), text("receipt"),
            text("cashier"), shown("amount", lambda _request, row: yuan_in_groups(row.amount)),
            shown("settled_by", lambda _request, row: say(f"console.settled.{row.settled}")), self.is_dealt_with(),
            text("terminal", exclude_from_list=True), text("subject", exclude_from_list=True),
            text("approver", exclude_from_list=True),
            shown("cap", lambda _request, row: yuan_in_groups(row.cap), exclude_from_list=True),
            text("claimed", exclude_from_list=True), text("sale", exclude_from_list=True),
        ]  # fmt: skip
        super().__init__(hq, LossRow, "fa fa-scale-unbalanced")

    def in_full(self, session: Session, term: str) -> Sequence[ColumnElement[bool]]:
        """A coupon or member, or the sale."""
        subjects = lookups.members_of(session, term)
        return [col(LossRow.subject).in_(subjects), col(LossRow.sale) == term, col(LossRow.fact) == term]

    async def find_all(self, request: Request, *args: Any, **options: Any) -> Sequence[Any]:
        rows = await super().find_all(request, *args, **options)
        since = lookups.last_months(self.hq.clock.now(), SUMMED_MONTHS)
        request.state.sums = await run_sync(lookups.losses_by_month, request.state.session, since)
        return rows


class Exceptions(Waiting):
    """Facts that were applied although something in them contradicts what HQ knows."""

    key = "exception"
    titled_by = ("terminal", "seq")
    searchable_fields = ("terminal", "kind")
    by_part = (FactRow.id, FactRow.terminal, FactRow.kind, FactRow.code)
    fields_default_sort = (("received_ms", True), ("id", True))  # all of one push have one time

    def __init__(self, hq: Hq) -> None:
        self.fields: Sequence[BaseField] = [
            text("id", exclude_from_list=True), text("terminal"), text("seq"), kind(),
            shown("why", lambda _request, row: say(f"console.exception.{row.code}")),
            when("received", lambda _request, row: row.received_ms), self.is_dealt_with(), raw(),
            text("hash", exclude_from_list=True),
        ]  # fmt: skip
        super().__init__(hq, FactRow, "fa fa-code-compare")

    def get_list_query(self, request: Request) -> Select[Any]:
        return super().get_list_query(request).where(IS_EXCEPTION)

    def in_full(self, session: Session, term: str) -> Sequence[ColumnElement[bool]]:
        return [col(FactRow.id).in_(lookups.facts_of(session, term))]


def _dealt(found: Any) -> str | None:
    if found is None:
        return None
    said = f"{found.administrator}, {moment(found.at_ms)}"
    return f"{say(f'console.how.{found.how}')}: {said}" + (f" · {masked(found.note)}" if found.note else "")


def _seqs(row: Incident) -> str:
    return str(row.seq) if row.until_seq == row.seq else f"{row.seq}-{row.until_seq}"
