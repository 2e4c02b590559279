"""What one transaction makes of facts: rows to insert in bulk, shared rows that change, changes to publish.

Effects are written against ``Work`` one fact at a time; ``finish`` writes it all with a few statements. Rows that
effects look up are loaded ahead for the whole batch, so that ``Session.get`` finds them without a query each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from posclient.domain.ids import Clock
from sync.hq.bodies import Body, SaleCompletedV1
from sync.hq.chain_tables import CouponRow, MemberAlias, MemberRow, StockRow, StoreRow
from sync.hq.fact_tables import CouponUseRow, SaleRow
from sync.hq.feeds import Change, parts, publish, terminal_feed
from sync.hq.identity import Keys
from sync.hq.placing import coupon_changes, member_changes, stock_changes, stores
from sync.hq.tables import HqTable, Terminal
from sync.protocol import FactMessage, SideRecord


@dataclass(frozen=True, slots=True)
class Received:
    """A fact of this push, with its bytes and its side records."""

    fact: FactMessage
    body: bytes
    sides: tuple[SideRecord, ...] = ()


@dataclass(slots=True)
class Work:
    """The open transaction of one push by ``terminal``."""

    session: Session
    terminal: Terminal
    keys: Keys
    clock: Clock
    stores: dict[str, StoreRow] = field(init=False)
    rows: defaultdict[type[HqTable], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    changes: list[Change] = field(default_factory=list)
    #: Sale ids and coupons that sales have used, as far as this batch names them.
    sales: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    _members: dict[str, MemberRow] = field(default_factory=dict)
    _coupons: dict[str, CouponRow] = field(default_factory=dict)
    _skus: set[str] = field(default_factory=set)
    _kept: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stores = stores(self.session)

    def load(self, contents: Sequence[Body]) -> None:
        """Load what the sales among ``contents`` will look up."""
        sales = [one for one in contents if isinstance(one, SaleCompletedV1)]
        coupons = {use.coupon for sale in sales for use in sale.coupons}
        self._keep(MemberAlias, "old", {sale.member for sale in sales if sale.member})
        self._keep(MemberRow, "id", {sale.member for sale in sales if sale.member})
        self._keep(CouponRow, "id", coupons)
        self._keep(StockRow, "sku", {line.sku for sale in sales for line in sale.lines})
        self.sales |= self._values(SaleRow.id, {sale.id for sale in sales})
        self.used |= self._values(CouponUseRow.coupon, coupons)

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
        alias = self.session.get(MemberAlias, member_id)
        return self.session.get(MemberRow, alias.new if alias else member_id)

    def member_changed(self, member: MemberRow) -> None:
        self._members[member.id] = member

    def coupon_changed(self, coupon: CouponRow) -> None:
        self._coupons[coupon.id] = coupon

    def move_stock(self, store: str, sku: str, qty: int) -> None:
        """Take ``qty`` pieces out, where the SKU is tracked. It may go below zero: the sale has happened."""
        row = self.session.get(StockRow, (sku, store))
        if row is not None:
            row.qty -= qty
            self._skus.add(sku)

    def finish(self) -> None:
        """Write everything; publishing comes last."""
        for table in list(self.rows):
            self.write_rows(table)
        self.session.flush()
        publish(self.session, [*self.changes, *self._shared_changes()])

    def write_rows(self, table: type[HqTable]) -> None:
        """Insert now what was added to ``table``: an effect wants to look it up."""
        rows = self.rows.pop(table, [])
        if rows:
            self.session.execute(insert(table), rows)

    def _shared_changes(self) -> list[Change]:
        homes = {
            coupon.member: home.home_store
            for coupon in self._coupons.values()
            if (home := self.session.get(MemberRow, coupon.member))
        }
        return [
            *member_changes(self._members.values(), self.stores),
            *coupon_changes(self._coupons.values(), homes, self.stores),
            *stock_changes(self.session, self._skus, self.stores),
        ]

    def _keep(self, table: type[HqTable], column: str, values: set[str]) -> None:
        """A session forgets rows that nobody holds."""
        for some in parts(sorted(values)):
            self._kept += self.session.exec(select(table).where(getattr(table, column).in_(some))).all()

    def _values(self, column: Any, values: set[str]) -> set[str]:
        found: set[str] = set()
        for some in parts(sorted(values)):
            found.update(self.session.exec(select(column).where(col(column).in_(some))).all())
        return found
