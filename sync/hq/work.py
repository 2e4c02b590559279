"""What one transaction makes of facts: rows to insert in bulk, shared rows that change, changes to publish.

Effects are written against ``Work`` one fact at a time; ``finish`` writes it all with a few statements. Rows that
sales look up are loaded ahead for the whole batch, so that ``get`` finds them without a query each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from posclient.domain.ids import Clock
from posclient.domain.leases import POINTS
from sync.hq.bodies import Body, SaleCompletedV1, UnreadableError
from sync.hq.bulk import Among, insert_rows
from sync.hq.chain_tables import CouponRow, MemberAlias, MemberRow, StockRow, StoreRow
from sync.hq.fact_tables import CareTaskRow, CouponUseRow, SaleRow
from sync.hq.feeds import Change, publish, terminal_feed
from sync.hq.identity import Keys
from sync.hq.lease_signing import signed
from sync.hq.lease_tables import CouponLeaseRow, ValueAccountRow
from sync.hq.placing import coupon_changes, guests, member_changes, stock_changes, stores
from sync.hq.tables import HqTable, Terminal
from sync.protocol import FactMessage, SideRecord

Table = TypeVar("Table", bound=HqTable)


@dataclass(frozen=True, slots=True)
class Received:
    """A fact of this push, with its bytes, its side records and what could be read."""

    fact: FactMessage
    body: bytes
    sides: tuple[SideRecord, ...] = ()
    content: Body | UnreadableError | None = None


@dataclass(slots=True)
class Work:
    """The open transaction of one push by ``terminal``."""

    session: Session
    terminal: Terminal
    keys: Keys
    clock: Clock
    rows: defaultdict[type[HqTable], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    changes: list[Change] = field(default_factory=list)
    #: Sale ids and coupons that sales have used, as far as this batch names them.
    sales: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    #: Follow-ups that this batch's sales bring and of which something was said before.
    tasks: set[str] = field(default_factory=set)
    #: All promises ever made about the coupons that this batch names.
    leases: defaultdict[str, list[CouponLeaseRow]] = field(default_factory=lambda: defaultdict(list))
    #: Members that this batch names who have an account of their points.
    points_accounts: set[str] = field(default_factory=set)
    #: Facts beside which nothing is kept: whom they name has been forgotten.
    nameless: set[str] = field(default_factory=set)
    _members: dict[str, MemberRow] = field(default_factory=dict)
    _coupons: dict[str, CouponRow] = field(default_factory=dict)
    _skus: set[str] = field(default_factory=set)
    #: Rows by table and key; None where there is none, so that nobody asks again.
    _loaded: dict[tuple[type[HqTable], Any], Any] = field(default_factory=dict)
    _stores: dict[str, StoreRow] | None = None

    @property
    def stores(self) -> dict[str, StoreRow]:
        """All stores by id; most sales never ask, and a chain has thousands."""
        if self._stores is None:
            self._stores = stores(self.session)
        return self._stores

    def load(self, contents: Sequence[Body]) -> None:
        """Load what the sales among ``contents`` will look up."""
        sales = [one for one in contents if isinstance(one, SaleCompletedV1)]
        coupons = {use.coupon for sale in sales for use in sale.coupons}
        members = {sale.member for sale in sales if sale.member}
        self._fetch(MemberAlias, MemberAlias.old, members)
        self._fetch(MemberRow, MemberRow.id, members)
        self._fetch(CouponRow, CouponRow.id, coupons)
        named = members | {alias.new for one in members if (alias := self.get(MemberAlias, one))}
        self.points_accounts.update(_ACCOUNTS.firsts(self.session, sorted(named), unit=POINTS))
        for row in _LEASES.firsts(self.session, sorted(coupons)):
            self.leases[row.coupon].append(row)
        self._fetch_stock({(line.sku, sale.store) for sale in sales for line in sale.lines})
        self.sales |= self._values(SaleRow.id, {sale.id for sale in sales})
        self.used |= self._values(CouponUseRow.coupon, coupons)
        self.tasks |= self._values(CareTaskRow.id, {task.id for sale in sales for task in sale.tasks})

    def get(self, table: type[Table], key: Any) -> Table | None:
        """The row of a primary key, as this transaction has it."""
        place = (table, key)
        if place not in self._loaded:
            self._loaded[place] = self.session.get(table, key)
        found: Table | None = self._loaded[place]
        return found

    def make(self, row: HqTable, key: Any) -> None:
        """Insert a row that a later effect may look up."""
        self.session.add(row)
        self.session.flush()
        self._loaded[type(row), key] = row

    def add(self, table: type[HqTable], **values: Any) -> None:
        """Insert a row at the end."""
        self.rows[table].append(values)

    def publish(self, feed: str, table: str, key: str, data: dict[str, Any] | None) -> None:
        """Change a row of a feed at the end."""
        self.changes.append(Change(feed, table, key, data))

    def exception(self, fact: str, code: str, **detail: Any) -> str:
        """Tell the till, in its own feed, that a fact was applied with an exception; gives ``code``."""
        data = {"fact": fact, "code": code, "detail": detail}
        self.publish(terminal_feed(self.terminal.id), "fact_outcome", fact, data)
        return code

    def member(self, member_id: str) -> MemberRow | None:
        """The member, under whatever id a till knows them."""
        alias = self.get(MemberAlias, member_id)
        return self.get(MemberRow, alias.new if alias else member_id)

    def member_changed(self, member: MemberRow) -> None:
        self._members[member.id] = member

    def coupon_changed(self, coupon: CouponRow) -> None:
        self._coupons[coupon.id] = coupon

    def was_used(self, coupon: str) -> bool:
        """Has a sale used the coupon, of this batch or before?"""
        if coupon not in self.used:
            self.used |= self._values(CouponUseRow.coupon, {coupon})
        return coupon in self.used

    def move_stock(self, store: str, sku: str, qty: int) -> None:
        """Take ``qty`` pieces out, where the SKU is tracked. It may go below zero: the sale has happened."""
        row = self.get(StockRow, (sku, store))
        if row is not None:
            row.qty -= qty
            self._skus.add(sku)

    def finish(self) -> None:
        """Write everything; publishing comes last."""
        for table in list(self.rows):
            self.write_rows(table)
        self.session.flush()
        publish(self.session, [*signed(self.keys.sign_seed, self.changes), *self._shared_changes()])

    def write_rows(self, table: type[HqTable]) -> None:
        """Insert now what was added to ``table``: an effect wants to look it up."""
        insert_rows(self.session, table, self.rows.pop(table, []))

    def _shared_changes(self) -> list[Change]:
        if not (self._members or self._coupons or self._skus):
            return []
        homes = {
            coupon.member: home.home_store
            for coupon in self._coupons.values()
            if (home := self.get(MemberRow, coupon.member))
        }
        away = guests(self.session, [*self._members, *homes])
        return [
            *member_changes(self._members.values(), self.stores, away),
            *coupon_changes(self._coupons.values(), homes, self.stores, away),
            *stock_changes(self.session, self._skus, self.stores),
        ]

    def _fetch(self, table: type[HqTable], column: Any, keys: set[str]) -> None:
        self._loaded.update({(table, key): None for key in keys})
        rows = _by(table, column).firsts(self.session, sorted(keys))
        self._loaded.update({(table, getattr(row, column.key)): row for row in rows})

    def _fetch_stock(self, places: set[tuple[str, str]]) -> None:
        self._loaded.update({(StockRow, place): None for place in places})
        rows = _by(StockRow, StockRow.sku).firsts(self.session, sorted({sku for sku, _ in places}))
        self._loaded.update({(StockRow, (row.sku, row.store)): row for row in rows})

    def _values(self, column: Any, values: set[str]) -> set[str]:
        return set(_by(column, column).firsts(self.session, sorted(values)))


_LEASES = Among(select(CouponLeaseRow), CouponLeaseRow.coupon)
_ACCOUNTS = Among(
    select(ValueAccountRow.member).where(col(ValueAccountRow.unit) == bindparam("unit")), ValueAccountRow.member
)


@cache
def _by(wanted: Any, column: Any) -> Among:
    """``wanted``, a table or a column of it, by the values of ``column``."""
    return Among(select(wanted), column)
