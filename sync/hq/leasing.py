"""Coupons leased to stores (protocol.md, coupons): granted to the member's home store, renewed at its contacts.

A contact is a till's question for its feeds, which comes after its push and says until when that was. Each does a
bounded part; what is left is for the next. What is leased, held or over is decided here alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from sqlalchemy import exists
from sqlmodel import Session, col, select

from posclient.domain.ids import Clock
from posclient.domain.leases import LONGEST_WAIT, MARGIN, POINTS, VALUE, over_for_hq
from posclient.domain.pricing.kinds import read_coupon_rule
from posclient.domain.pricing.reading import Fields
from posclient.errors import InputError
from sync.hq import contacts, escrow, recalls
from sync.hq.chain_settings import chain_setting, settings_of
from sync.hq.chain_tables import CouponRow, MemberRow
from sync.hq.clock import milliseconds
from sync.hq.contacts import instant
from sync.hq.database import Database
from sync.hq.feeds import Change, publish, store_feed
from sync.hq.lease_signing import signed
from sync.hq.lease_tables import HELD, LAPSED, LEASE, OPEN, CouponLeaseRow
from sync.hq.over import is_past
from sync.hq.recalls import lease_change
from sync.hq.tables import FeedRow, Terminal

#: What may be leased, each under the setting that turns it on.
_COUPONS, _VALUE, _POINTS = "coupon_leases", "stored_value", "points_offline"
#: Leases that one contact grants, renews or ends.
MOST_AT_ONCE = 500
_MARGIN_MS = MARGIN // timedelta(milliseconds=1)
_LONGEST_MS = (MARGIN + LONGEST_WAIT) // timedelta(milliseconds=1)


def is_due(session: Session, clock: Clock, terminal: Terminal) -> bool:
    """Is something leased to this till or its store, and is it time to look at it?"""
    if not contacts.is_due(session, terminal.id, milliseconds(clock)):
        return False
    # also where nothing is leased for days (any more), what was asked for at the counter has its end
    return bool(_turned_on(session, terminal.store)) or escrow.has_leases(session, terminal.id)


def contact(database: Database, clock: Clock, seed: bytes, terminal: str, until_ms: int | None = None) -> None:
    """A till asks for its feeds: bring what is leased to it and to its store up to date. ``seed``: HQ's own key;
    ``until_ms``: see ``contacts.note``.

    ``LinkError("revoked")`` for one that was shut out since it began to ask.
    """
    now_ms = milliseconds(clock)
    with database.write(shared=True) as session:
        publish(session, signed(seed, _round(session, contacts.working(session, terminal), now_ms, until_ms)))


def _turned_on(session: Session, store: str) -> set[str]:
    found = settings_of(session, store, (_COUPONS, _VALUE, _POINTS))
    return {name for name, value in found.items() if value is True}


def _round(session: Session, terminal: Terminal, now_ms: int, until_ms: int | None) -> list[Change]:
    on = _turned_on(session, terminal.store)
    life_ms = contacts.lease_life_ms(session, terminal.store)
    if contacts.is_forked(session, terminal):
        until_ms = 0
    sent_ms = contacts.note(session, terminal.id, now_ms, life_ms, until_ms)
    changes = [*escrow.ended(session, terminal, now_ms, sent_ms, MOST_AT_ONCE)]
    if _COUPONS in on:
        changes += _Coupons(session, terminal.store, now_ms, life_ms).changes()
    if _VALUE in on:
        changes += escrow.value_round(session, terminal, VALUE, now_ms, life_ms, MOST_AT_ONCE)
    if _POINTS in on:
        escrow.open_points(session, terminal.store, now_ms, MOST_AT_ONCE)
        changes += escrow.value_round(session, terminal, POINTS, now_ms, life_ms, MOST_AT_ONCE)
    if len(changes) >= MOST_AT_ONCE:
        contacts.look_again(session, terminal.id)
    return changes


@dataclass(slots=True)
class _Coupons:
    """The coupons of one store at a contact."""

    session: Session
    store: str
    now_ms: int
    life_ms: int

    def changes(self) -> list[Change]:
        return [*self._withdrawn(), *self._renewed(), *self._ended(), *self._granted()]

    def _withdrawn(self) -> Iterator[Change]:
        """Whoever had a lease called back asks no more: it is this store's again, under another end. Whether it is to
        last longer is for ``_renewed`` to say.
        """
        for row in recalls.forgotten(self.session, self.store, self.now_ms, MOST_AT_ONCE):
            recalls.drop_answers(self.session, row)
            row.recall_ms, row.asker = 0, None
            row.not_after_ms += 1
            yield lease_change(row)
        self.session.flush()

    def _renewed(self) -> Iterator[Change]:
        """Leases in the second half of their life, of members whose home this still is; and those not signed yet. A
        coupon that would not be leased now, being past or too dear, is left to its end.
        """
        found = (
            select(CouponLeaseRow, CouponRow)
            .join(CouponRow, col(CouponRow.id) == col(CouponLeaseRow.coupon))
            .join(MemberRow, col(MemberRow.id) == col(CouponRow.member))
            .where(
                CouponLeaseRow.store == self.store, CouponLeaseRow.state == OPEN, CouponLeaseRow.kind == LEASE,
                (col(CouponLeaseRow.not_after_ms) < self.now_ms + self.life_ms // 2) | ~col(CouponLeaseRow.signed),
                MemberRow.home_store == self.store, CouponLeaseRow.recall_ms == 0,
            )
            .order_by(col(CouponLeaseRow.not_after_ms))
            .execution_options(yield_per=MOST_AT_ONCE)
        )  # fmt: skip
        is_for_stores = self._is_for_stores()
        with self.session.exec(found) as rows:
            some = list(islice((row for row, coupon in rows if is_for_stores(coupon)), MOST_AT_ONCE))
        for row in some:
            row.not_after_ms, row.signed = max(row.not_after_ms, self.now_ms + self.life_ms), True
            yield lease_change(row)
        self.session.flush()

    def _ended(self) -> Iterator[Change]:
        """What nobody renews, here; and anybody's that nobody has been heard of for too long."""
        mine = col(CouponLeaseRow.store) == self.store
        lost = col(CouponLeaseRow.not_after_ms) < self.now_ms - _LONGEST_MS
        late = col(CouponLeaseRow.not_after_ms) < self.now_ms - _MARGIN_MS
        rows = select(CouponLeaseRow).where(CouponLeaseRow.state == OPEN, late, mine | lost).limit(MOST_AT_ONCE)
        for row in self.session.exec(rows).all():
            yield from lapse(self.session, row, self.now_ms)
        self.session.flush()

    def _granted(self) -> Iterator[Change]:
        """Coupons of this store's members that nobody has a right to yet; dear ones stay with HQ."""
        left = MOST_AT_ONCE
        for coupon in self._leasable():
            row = CouponLeaseRow(
                coupon=coupon.id, store=self.store, kind=LEASE, from_ms=self.now_ms,
                not_after_ms=self.now_ms + self.life_ms,
            )  # fmt: skip
            self.session.add(row)
            yield lease_change(row)
            left -= 1
            if not left:
                break
        self.session.flush()

    def _leasable(self) -> Iterator[CouponRow]:
        """By id, in pages: the dear ones, and those that are past, come up at each contact, and are not to be read all
        at once. What the store's feed has no more, since it is past for long, does not.
        """
        promised = exists().where(col(CouponLeaseRow.coupon) == CouponRow.id, col(CouponLeaseRow.state) == OPEN)
        here = col(FeedRow.feed) == store_feed(self.store), col(FeedRow.table_name) == "coupon"
        shown = exists().where(*here, col(FeedRow.key) == CouponRow.id, col(FeedRow.data).is_not(None))
        free = (
            select(CouponRow)
            .join(MemberRow, col(MemberRow.id) == col(CouponRow.member))
            .where(MemberRow.home_store == self.store, CouponRow.state == "active", col(CouponRow.single_use))
            .where(~promised, shown)
            .order_by(col(CouponRow.id))
            .limit(MOST_AT_ONCE)
        )
        is_for_stores, after = self._is_for_stores(), ""
        while page := self.session.exec(free.where(col(CouponRow.id) > after)).all():
            yield from filter(is_for_stores, page)
            after = page[-1].id

    def _is_for_stores(self) -> Callable[[CouponRow], bool]:
        """Is a coupon to be used without HQ at all?"""
        most = chain_setting(self.session, self.store, "coupon_online_over", 10_000)

        def told(coupon: CouponRow) -> bool:
            return not is_past("coupon", json.loads(coupon.data), self.now_ms) and not 0 < most < face(coupon)

        return told


def lapse(session: Session, row: CouponLeaseRow, now_ms: int) -> list[Change]:
    """End a right that is over for HQ; nothing where it is not."""
    seen = contacts.last_sync(session, row.store, row.terminal)
    if row.state != OPEN or not over_for_hq(instant(row.not_after_ms), instant(now_ms), seen):
        return []
    recalls.end(session, row, LAPSED)
    return [] if row.kind == HELD else [Change(store_feed(row.store), "coupon_lease", row.coupon, None)]


def face(coupon: CouponRow) -> int:
    """Face value in fen; 0 where the kind has none, or pricing cannot read it."""
    try:
        return read_coupon_rule(Fields(json.loads(coupon.data).get("rule") or {}, "")).face
    except InputError:
        return 0
