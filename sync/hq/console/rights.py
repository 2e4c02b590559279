"""Who has which right until when, stored value and points in escrow: the tables as they are.

A column that is new in a table shows by itself: in its detail, under its own name until it has a word.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from anyio.to_thread import run_sync
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette_admin.fields import BaseField

from posclient.domain.leases import VALUE
from posclient.domain.money import yuan_in_groups
from resources.words import DEFAULT, words
from sync.hq import contacts
from sync.hq.console import lookups
from sync.hq.console.lists import Long, shown, text, when
from sync.hq.console.rendering import moment
from sync.hq.console.words import say, word
from sync.hq.lease_tables import OPEN, CouponLeaseRow, ValueAccountRow, ValueEntryRow, ValueLeaseRow
from sync.hq.service import Hq
from sync.hq.tables import Terminal

#: Entries of an account that are shown, the newest first.
ENTRIES = 200


class TableList(Long):
    """``first``: columns of the list, the others are in the detail. ``money``: columns in the row's ``unit``. ``said``:
    columns whose values are words, with the start of their ids; ``told``: those that a function says."""

    model_of: type[Any]
    icon_name = "fa fa-table"
    first: tuple[str, ...] = ()
    money: tuple[str, ...] = ()
    said: Mapping[str, str] = {}
    told: Mapping[str, Callable[[Request, Any], Awaitable[str]]] = {}

    def __init__(self, hq: Hq) -> None:
        others = [name for name in self.model_of.model_fields if name not in self.first]
        self.fields: Sequence[BaseField] = [*map(self._field, self.first), *self.more()]
        self.fields = [*self.fields, *(self._in_detail(name) for name in others)]
        super().__init__(hq, self.model_of, self.icon_name)

    def more(self) -> Sequence[BaseField]:
        """What is no column."""
        return ()

    def _in_detail(self, name: str) -> BaseField:
        field = self._field(name)
        field.exclude_from_list = True
        return field

    def _field(self, name: str) -> BaseField:
        shorter = name.removesuffix("_ms")
        if name in self.told:
            field: BaseField = shown(name, self.told[name])
        elif name in self.said:
            field = shown(name, lambda _request, row: say(f"{self.said[name]}.{getattr(row, name)}"))
        elif name in self.money:
            field = shown(name, lambda _request, row: _sum(row.unit, getattr(row, name)))
        elif shorter != name:
            field = when(name, lambda _request, row: getattr(row, name) or None)
        else:
            field = text(name)
        known = f"console.{shorter}" in words(DEFAULT)
        field.label = word(f"console.{shorter}") if known else shorter
        return field


class CouponLeases(TableList):
    """额度租约: coupons that HQ promised to a store or holds for a till."""

    key = "coupon_lease"
    model_of = CouponLeaseRow
    icon_name = "fa fa-handshake"
    first = ("coupon", "store", "terminal", "kind", "state", "from_ms", "not_after_ms")
    said: Mapping[str, str] = {"kind": "console.right", "state": "console.lease"}
    order = (CouponLeaseRow.number,)

    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        till = session.get(Terminal, term)
        if till is not None:  # holds have no index of their own, a store's leases have
            return and_(col(CouponLeaseRow.store) == till.store, col(CouponLeaseRow.terminal) == till.id)
        coupons = [term, *lookups.coupons_of(session, term)]
        return or_(col(CouponLeaseRow.coupon).in_(coupons), col(CouponLeaseRow.store) == term)


class ValueLeases(TableList):
    """Stored value and points that a till may spend by itself, or that are kept for the machine which it was."""

    key = "value_lease"
    model_of = ValueLeaseRow
    icon_name = "fa fa-hand-holding-dollar"
    first = ("member", "unit", "terminal", "kind", "amount", "state", "not_after_ms")
    money = ("amount",)
    said: Mapping[str, str] = {"unit": "console.unit", "kind": "console.right"}
    order = (ValueLeaseRow.member,)
    newest_first = False

    def __init__(self, hq: Hq) -> None:
        self.told = {"state": self._state}
        super().__init__(hq)

    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        mine = col(ValueLeaseRow.member).in_(lookups.members_of(session, term))
        return or_(mine, col(ValueLeaseRow.terminal) == term, col(ValueLeaseRow.id) == term)

    async def _state(self, request: Request, row: ValueLeaseRow) -> str:
        return await run_sync(_lease_state, request.state.session, row)


class ValueAccounts(TableList):
    """储值 and points: a member's balance, what of it is free, and every entry."""

    key = "value_account"
    model_of = ValueAccountRow
    icon_name = "fa fa-wallet"
    first = ("member", "unit", "balance", "free")
    titled_by = ("member", "unit")
    money = ("balance", "free")
    said: Mapping[str, str] = {"unit": "console.unit"}
    order = (ValueAccountRow.member, ValueAccountRow.unit)
    newest_first = False

    def more(self) -> Sequence[BaseField]:
        entries = shown("entries", self._entries, exclude_from_list=True)
        entries.detail_template = "pre.html"
        return (entries,)

    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        return col(ValueAccountRow.member).in_(lookups.members_of(session, term))

    async def _entries(self, request: Request, row: ValueAccountRow) -> str:
        return await run_sync(_entries, request.state.session, row.member, row.unit)


def _lease_state(session: Session, row: ValueLeaseRow) -> str:
    """Open, over; or kept for another machine than that which has the till's place now."""
    till = session.get(Terminal, row.terminal) if row.state == OPEN else None
    replaced = till is not None and row.incarnation not in contacts.incarnations(session, till)
    return say(f"console.lease.{'kept' if replaced else row.state}")


def _sum(unit: str, amount: int) -> str:
    """Fen as yuan, points as they are."""
    return yuan_in_groups(amount) if unit == VALUE else f"{amount:,}"


def _entries(session: Any, member: str, unit: str) -> str:
    """One a line: when, how much, from where to where, why."""
    mine = select(ValueEntryRow).where(ValueEntryRow.member == member, ValueEntryRow.unit == unit)
    rows = session.execute(mine.order_by(col(ValueEntryRow.number).desc()).limit(ENTRIES)).scalars()
    return "\n".join(
        f"{moment(row.at_ms) if row.at_ms else '-':11}  {_sum(unit, row.amount):>12}  "
        f"{_account(row.debit)} → {_account(row.credit)}  {say(f'console.entry.{row.why}')}"
        for row in rows
    )


def _account(name: str) -> str:
    """Where an amount came from, or went: a till's lease by its id."""
    of, _, lease = name.partition(":")
    return f"{say(f'console.account.{of}')} {lease}".rstrip()
