"""A member away from home: the store that serves them follows them and their coupons from now on.

A store's feed has its own members alone, so that the disk of a till does not hold the whole chain's. Whoever shows a
code is a guest: in that store's feed, offline too, until they have not been there for long. They go with somebody
else's visit, or in the daily round.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from posclient.domain.ids import Clock
from sync.asking import VisitReply, VisitRequest
from sync.hq.chain_tables import CouponRow, GuestRow, MemberAlias, MemberRow
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.feeds import Change, publish, store_feed
from sync.hq.placing import coupon_row, member_row
from sync.hq.tables import Terminal

#: Without a visit for so long a guest is one no more.
STAY = timedelta(days=90)
#: Guests that one visit shows out, or one transaction of the daily round.
MOST_AT_ONCE = 50
#: Guests that the daily round shows out of a store, or a fiftieth of all that it has: tills ask a person about more
#: than 200 rows and a fifth of them (protocol.md, pull), and may have been away for some days.
MOST_A_DAY, SHARE = 50, 50


def visit(database: Database, clock: Clock, terminal: str, request: VisitRequest) -> VisitReply:
    """See that the member of a code is in the store's feed."""
    now_ms = milliseconds(clock)
    with database.read() as session:
        store = session.get_one(Terminal, terminal).store
        member = _called(session, request.code)
    if member is not None and (is_away(member, store) or member.code != request.code):
        with database.write(shared=True) as session:
            member = _called(session, request.code)  # forgotten, united with somebody, or moved here since
            coming = receive(session, member, store, now_ms) if member and is_away(member, store) else []
            known = _alias(member, store, request.code) if member else []
            publish(session, [*_show_out(session, store, _before(now_ms), MOST_AT_ONCE)[1], *coming, *known])
    return VisitReply(member=member.id if member else "", time=clock.now().isoformat())


def show_out(database: Database, clock: Clock, pause: Callable[[], bool], stay: timedelta = STAY) -> int:
    """The daily round: guests go where nobody else comes either, since a stolen disk holds no more people than it must.

    How many went. ``pause`` lets others write; True: it is enough for now.
    """
    before_ms, gone = _before(milliseconds(clock), stay), 0
    with database.read() as session:
        due = _due(session, before_ms)
    for store, most in due:
        left = most
        while left > 0:
            with database.write(shared=True, patient=True) as session:
                count, changes = _show_out(session, store, before_ms, min(left, MOST_AT_ONCE))
                publish(session, changes)
            gone += count
            if pause():
                return gone
            left = left - count if count == MOST_AT_ONCE else 0
    return gone


def _due(session: Session, before_ms: int) -> list[tuple[str, int]]:
    """Stores that have guests of long ago, and how many of them go today."""
    stores = select(GuestRow.store, func.count(), func.min(GuestRow.seen_ms)).group_by(col(GuestRow.store))
    found = session.execute(stores.order_by(col(GuestRow.store)))
    return [(store, max(MOST_A_DAY, all_ // SHARE)) for store, all_, seen_ms in found if seen_ms < before_ms]


def _called(session: Session, code: str) -> MemberRow | None:
    """By the code, or by that of before HQ united them with an older member."""
    found = session.exec(select(MemberRow).where(MemberRow.code == code)).first()
    alias = session.get(MemberAlias, code) if found is None else None
    return session.get(MemberRow, alias.new) if alias else found


def _alias(member: MemberRow, store: str, code: str) -> list[Change]:
    """Who is called by a code of before is found by it in the store's feed as well."""
    if member.code == code:
        return []
    return [Change(store_feed(store), "member_alias", code, {"old": code, "new": member.id})]


def is_away(member: MemberRow | None, store: str) -> bool:
    """Is it somebody whom that store does not have by itself?"""
    return member is not None and member.home_store not in {None, store}


def receive(session: Session, member: MemberRow, store: str, now_ms: int) -> list[Change]:
    """A guest from now on, or still."""
    guest = session.get(GuestRow, (member.id, store)) or GuestRow(member=member.id, store=store, seen_ms=0)
    guest.seen_ms = now_ms
    session.add(guest)
    session.flush()
    coupons = session.exec(select(CouponRow).where(CouponRow.member == member.id, CouponRow.state == "active")).all()
    feed = store_feed(store)
    return [
        Change(feed, "member", member.id, member_row(member)),
        *(Change(feed, "coupon", one.id, coupon_row(one)) for one in coupons),
    ]


def _show_out(session: Session, store: str, before_ms: int, most: int) -> tuple[int, list[Change]]:
    """How many of those go who have not been here for long, and their rows; not of one whose home this is by now."""
    old = select(GuestRow).where(GuestRow.store == store, col(GuestRow.seen_ms) < before_ms).limit(most)
    guests = session.exec(old).all()
    gone: list[Change] = []
    for guest in guests:
        member = session.get(MemberRow, guest.member)
        if is_away(member, store):
            coupons = session.exec(select(CouponRow.id).where(CouponRow.member == guest.member)).all()
            gone.append(Change(store_feed(store), "member", guest.member, None))
            gone += [Change(store_feed(store), "coupon", one, None) for one in coupons]
        session.delete(guest)
    session.flush()
    return len(guests), gone


def _before(now_ms: int, stay: timedelta = STAY) -> int:
    """Who was seen last before then is a guest no more."""
    return now_ms - stay // timedelta(milliseconds=1)
