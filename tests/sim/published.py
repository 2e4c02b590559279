"""What HQ's feeds say is what its tables say, and what people see at a till is what HQ has.

``healed`` holds a till's cache against the feeds; a change that HQ made and never published would be in neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from posclient.db import care_tasks, members, stock
from posclient.db.live_cache import LiveCache
from posclient.db.own_effects import missing
from sync.hq import contacts
from sync.hq.chain_tables import CouponRow, MemberRow, StockRow
from sync.hq.clock import milliseconds
from sync.hq.console_tables import ConsoleAct
from sync.hq.erasing import ERASED
from sync.hq.escrow import value_change
from sync.hq.fact_tables import CareTaskRow
from sync.hq.feeds import Change, canonical
from sync.hq.lease_signing import signed
from sync.hq.lease_tables import LEASE, OPEN, CouponLeaseRow, ValueLeaseRow
from sync.hq.over import is_past, over_before
from sync.hq.placing import coupon_changes, guests, member_changes, stock_changes, stores
from sync.hq.recalls import lease_change
from sync.hq.tables import FeedRow, Terminal
from tests.sim.chain_to_copy import SKUS
from tests.sim.clock import SkewedClock

if TYPE_CHECKING:
    from tests.sim.world import Till, World

#: (feed, table, key) of a row.
_Place = tuple[str, str, str]
TABLES = ("member", "coupon", "stock", "coupon_lease", "value_lease")


def check(world: World) -> None:
    """All of it; when everybody has heard of everything."""
    _feeds_say_what_tables_say(world)
    _nobody_is_brought_back(world)
    for till in world.tills.values():
        _people_see_what_hq_has(world, till)


def _feeds_say_what_tables_say(world: World) -> None:
    with world.database.read() as session:
        wanted = dict(_rows(signed(world.hq._keys.sign_seed, _changes(session))))
        live = {
            (row.feed, row.table_name, row.key): row.data
            for row in session.exec(select(FeedRow))
            if row.data is not None and row.table_name in TABLES
        }
        used = {row.id for row in session.exec(select(CouponRow)) if row.state == "used"}
        unsigned, past = set(_unsigned(session)), over_before(session, milliseconds(SkewedClock(world)))
    assert past is not None
    # whoever came as a guest after a coupon was used never heard of it; what a restore moved waits for a contact
    silent = {place for place in wanted.keys() - live.keys() if place[1] == "coupon"}
    unheard = {one for one in silent if one[2] in used or is_past("coupon", json.loads(wanted[one]), past)}
    unheard |= {place for place in wanted if place[1:] in unsigned}
    wrong = [
        f"{place}: {live.get(place)}, not {wanted.get(place)}"
        for place in sorted((wanted.keys() | live.keys()) - unheard)
        if live.get(place) != wanted.get(place)
    ]
    assert wrong == [], f"feeds say what HQ does not: {wrong[:4]}"


def _nobody_is_brought_back(world: World) -> None:
    """Whom HQ was asked to forget is in no feed, whatever tills have said of them since."""
    with world.database.read() as session:
        forgotten = set(session.exec(select(ConsoleAct.subject).where(ConsoleAct.act == ERASED)))
        live = session.exec(select(FeedRow).where(col(FeedRow.data).is_not(None))) if forgotten else ()
        named = [
            f"{row.feed} {row.table_name} {row.key}"
            for row in live
            if row.key in forgotten or json.loads(row.data or "null").get("member") in forgotten
        ]
    assert named == [], f"members who are forgotten are in feeds: {named}"


def _changes(session: Session) -> Iterator[Change]:
    """What would be published if it all were new."""
    every_store = stores(session)
    people = session.exec(select(MemberRow)).all()
    away, homes = guests(session, [one.id for one in people]), {one.id: one.home_store for one in people}
    yield from member_changes(people, every_store, away)
    yield from coupon_changes(session.exec(select(CouponRow)).all(), homes, every_store, away)
    yield from stock_changes(session, SKUS, every_store)
    leased = CouponLeaseRow.state == OPEN, CouponLeaseRow.kind == LEASE
    yield from map(lease_change, session.exec(select(CouponLeaseRow).where(*leased)))
    known = col(ValueLeaseRow.member).in_([one.id for one in people])  # a forgotten one's is in the books alone
    for row in session.exec(select(ValueLeaseRow).where(ValueLeaseRow.state == OPEN, known)):
        yield value_change(row, contacts.incarnations(session, session.get_one(Terminal, row.terminal)))


def _unsigned(session: Session) -> Iterator[tuple[str, str]]:
    """Table and key of leases that HQ is to sign anew."""
    yield from (("coupon_lease", row.coupon) for row in session.exec(select(CouponLeaseRow)) if not row.signed)
    yield from (("value_lease", row.id) for row in session.exec(select(ValueLeaseRow)) if not row.signed)


def _rows(changes: Iterable[Change]) -> Iterator[tuple[_Place, Any]]:
    for one in changes:
        if one.data is not None:
            yield (one.feed, one.table, one.key), canonical(one.data)


def _people_see_what_hq_has(world: World, till: Till) -> None:
    """A till adds to HQ's figures what its feed does not include yet; in the end that is what HQ keeps aside (T-16)."""
    con, store = till.hands.till.db, till.me.store
    with closing(LiveCache(till.folder, own=till.own)) as cache, world.database.read() as session:
        if missing(cache, con, 0).aside:
            return
        due = {one.task.id for one in care_tasks.due(cache, con, None, datetime.max.replace(tzinfo=UTC))}
        open_here = CareTaskRow.store == store, col(CareTaskRow.state).in_(care_tasks.TO_DO)
        to_do = set(session.exec(select(CareTaskRow.id).where(*open_here)))
        assert due == to_do, f"{till.name} shows other follow-ups than HQ: {due ^ to_do}"
        levels = stock.levels(cache, con, SKUS, store)
        for row in session.exec(select(StockRow)):
            level = levels[row.sku]
            seen = level.here if row.store == store else level.elsewhere.get(row.store, row.qty)
            assert seen == row.qty, f"{till.name} shows {seen} of {row.sku} in {row.store}, and HQ has {row.qty}"
        for one in session.exec(select(MemberRow)):
            found = members.by_id(cache, con, one.id)
            shown = one.points if found is None else found.points
            assert shown == one.points, f"{till.name} shows {shown} points of {one.id}, and HQ has {one.points}"
