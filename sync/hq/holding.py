"""A till asks HQ to keep coupons, stored value or points for a cart that is open now (protocol.md, coupons)."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from posclient.domain.ids import Clock
from posclient.domain.leases import HOLD, MARGIN, POINTS, VALUE
from sync.asking import HeldCoupon, HoldReply, HoldRequest, RefusedCoupon, ValueOnTop
from sync.hq import contacts, recalls
from sync.hq.chain_settings import chain_setting
from sync.hq.chain_tables import CouponRow, MemberAlias, MemberRow
from sync.hq.clock import milliseconds
from sync.hq.contacts import instant
from sync.hq.database import Database
from sync.hq.escrow import Books, lease_on_top, points_account, value_change
from sync.hq.feeds import Change, publish, terminal_feed
from sync.hq.lease_signing import hold_signature, signed, value_signature
from sync.hq.lease_tables import HELD, LEASE, OPEN, CouponLeaseRow, ValueAccountRow
from sync.hq.leasing import lapse
from sync.hq.recalls import open_rights
from sync.hq.tables import Terminal

_HOLD_MS = HOLD // timedelta(milliseconds=1)
_MARGIN_MS = MARGIN // timedelta(milliseconds=1)


def hold(database: Database, clock: Clock, seed: bytes, terminal: str, request: HoldRequest) -> HoldReply:
    """Keep what nobody else has a right to, for this till, and say of the rest who has it. ``seed``: HQ's own key.

    ``LinkError("revoked")`` as of ``leasing.contact``.
    """
    now_ms = milliseconds(clock)
    with database.write(shared=True) as session:
        desk = _Desk(session, seed, contacts.working(session, terminal), now_ms)
        answers = [desk.coupon(one) for one in dict.fromkeys(request.coupons)]
        value = desk.on_top(request.member, VALUE, request.value) if request.value else None
        points = desk.on_top(request.member, POINTS, request.points) if request.points else None
        publish(session, signed(seed, desk.changes))
    return HoldReply(
        held=[one for one in answers if isinstance(one, HeldCoupon)],
        refused=[one for one in answers if isinstance(one, RefusedCoupon)],
        value=value,
        points=points,
        incarnation=desk.incarnation,
        time=clock.now().isoformat(),
    )


class _Desk:
    """One question within its transaction."""

    def __init__(self, session: Session, seed: bytes, terminal: Terminal, now_ms: int) -> None:
        self._session, self._seed, self._terminal, self._now_ms = session, seed, terminal, now_ms
        self.incarnation = terminal.incarnation or ""
        self.changes: list[Change] = []

    def coupon(self, key: str) -> HeldCoupon | RefusedCoupon:
        coupon = self._session.get(CouponRow, key)
        if coupon is None or coupon.state == "used":
            return RefusedCoupon(coupon=key, code="unknown" if coupon is None else "used")
        until_ms = self._now_ms + _HOLD_MS
        self._clear(key)
        own: CouponLeaseRow | None = None
        for row in open_rights(self._session, key):
            if row.store != self._terminal.store or row.terminal not in {None, self._terminal.id}:
                return self._refused(row)
            own = row if row.kind == HELD else own
        self._keep(own, key, until_ms + _MARGIN_MS)
        until = instant(until_ms).isoformat()
        signature = hold_signature(self._seed, self._terminal.id, key, until)
        return HeldCoupon(coupon=key, until=until, signature=signature)

    def on_top(self, key: str, unit: str, wanted: int) -> ValueOnTop | None:
        """Stored value or points on top of what the till has; None where nothing is free, or it is no tender."""
        alias = self._session.get(MemberAlias, key)
        member = self._session.get(MemberRow, alias.new if alias else key)
        if member is None or not self._is_tender(unit):
            return None
        books = Books(self._session, self._now_ms)
        row = lease_on_top(books, self._terminal, self._account(member, unit), wanted)
        if row is None:
            return None
        self.changes.append(value_change(row, {row.incarnation}))
        not_after = instant(row.not_after_ms).isoformat()
        parts = row.id, row.member, row.unit, row.amount, not_after
        signature = value_signature(self._seed, terminal_feed(self._terminal.id), *parts)
        return ValueOnTop(id=row.id, amount=row.amount, not_after=not_after, signature=signature)

    def _clear(self, key: str) -> None:
        """End what is over, and call back what another store has on lease."""
        for row in open_rights(self._session, key):
            self.changes += lapse(self._session, row, self._now_ms)
            if row.state == OPEN and row.kind == LEASE and row.store != self._terminal.store:
                self.changes += recalls.call_back(self._session, row, self._terminal.id, self._now_ms)

    def _refused(self, row: CouponLeaseRow) -> RefusedCoupon:
        end = instant(row.not_after_ms).isoformat()
        if row.kind == HELD and row.store == self._terminal.store:
            return RefusedCoupon(coupon=row.coupon, code="held_here", store=row.terminal or row.store, until=end)
        if row.kind == HELD:
            return RefusedCoupon(coupon=row.coupon, code="held", store=row.store, until=end)
        again_s = recalls.again_s(row, self._now_ms)
        return RefusedCoupon(coupon=row.coupon, code="recalling", store=row.store, until=end, again_s=again_s)

    def _account(self, member: MemberRow, unit: str) -> ValueAccountRow | None:
        if unit == POINTS:
            return points_account(self._session, member, self._now_ms)
        return self._session.get(ValueAccountRow, (member.id, unit))

    def _is_tender(self, unit: str) -> bool:
        """Points are none unless the chain says what they are worth."""
        return unit == VALUE or chain_setting(self._session, self._terminal.store, "points_for_yuan", 0) > 0

    def _keep(self, own: CouponLeaseRow | None, key: str, not_after_ms: int) -> None:
        row = own or CouponLeaseRow(
            coupon=key, store=self._terminal.store, terminal=self._terminal.id, kind=HELD, from_ms=self._now_ms,
            not_after_ms=0,
        )  # fmt: skip
        row.not_after_ms = not_after_ms
        self._session.add(row)
        self._session.flush()
