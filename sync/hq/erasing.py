"""A member asks to be forgotten (个人信息删除): what names them goes, what was sold stays.

Facts hold no personal data, so no chain breaks: their sealed side records go here, and a row in its terminal's feed
tells the till that made each to drop its own copy. Tombstones take the member from the tills of every store.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, delete, or_, select

from posclient.domain.facts import MEMBER_REGISTERED, VALET_ORDER_PLACED
from posclient.domain.ids import Clock
from posclient.domain.leases import VALUE
from posclient.errors import InputError, NotFound
from sync.hq.bulk import Among, parts
from sync.hq.chain_tables import CouponRow, GuestRow, MemberAlias, MemberRow
from sync.hq.clock import milliseconds
from sync.hq.console_tables import ConsoleAct
from sync.hq.database import Database
from sync.hq.fact_tables import CareTaskRow, FactRow, SideRow, ValetOrderRow
from sync.hq.feeds import Change, publish, terminal_feed
from sync.hq.handling import note_act
from sync.hq.lease_tables import OPEN, CouponLeaseRow, LeaseReturnRow, ValueAccountRow, ValueLeaseRow
from sync.hq.tables import Feed, FeedRow, Snapshot, SnapshotChunk

#: What the audit calls it, once for each id that the member had.
ERASED = "erase_member"
#: States of a follow-up: somebody is still to do it, or nobody any more.
_TO_DO, CANCELLED = ("open", "snoozed"), "cancelled"
#: What a database takes for no text: an id with it is nobody's.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
#: Bodies that are in memory at once.
PART = 2000
#: Facts that were received so long before a look may have been committed after it (ms).
_SLOW_PUSH_MS = 10 * 60_000

_FORGOTTEN = Among(select(ConsoleAct.subject).where(ConsoleAct.act == ERASED), ConsoleAct.subject)

#: Fact and terminal.
Made = tuple[str, str]
#: Feed, table and key of a row.
Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Erased:
    """``member``: the id, which names nobody now; ``sides``: sealed records dropped; ``rows``: taken from feeds."""

    member: str
    sides: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What a look through whole tables has found of the member with these ids, where the feeds had these heads."""

    names: Sequence[str]
    facts: Sequence[Made]
    tasks: Sequence[str]
    places: Collection[Place]
    heads: Mapping[str, int]


def erase(database: Database, clock: Clock, who: str, member: str) -> Erased:
    """Forget a member, by id, older id or code.

    A chain's facts and feeds are looked through beside everybody's work; the transaction, for which all tills wait,
    looks only at what came meanwhile.

    Raises:
        NotFound: ``no_such_member``.
        InputError: ``ambiguous_member`` (members=): an id of one, and the code of another. ``member_has_value``
            (amount=): stored value is to be paid out first, it is the member's money.
    """
    while True:
        since_ms = milliseconds(clock) - _SLOW_PUSH_MS
        with database.read() as session:
            found = _look(session, member)
        with database.write(shared=True, patient=True) as session:
            row = _find(session, member)
            _check_value(session, row)
            if _names(session, row) == found.names:  # else they were united with somebody this very moment
                return _erase(session, clock, who, row, found, since_ms)


def is_forgotten(session: Session, member: str) -> bool:
    """Did anybody ask for this id to be forgotten? What tills send of them afterwards is to name nobody again."""
    acts = select(ConsoleAct.number).where(ConsoleAct.act == ERASED, ConsoleAct.subject == member)
    return session.exec(acts.limit(1)).first() is not None


def all_forgotten(session: Session, members: Iterable[str]) -> set[str]:
    """Those of these ids that ``is_forgotten`` is true of."""
    return set(_FORGOTTEN.firsts(session, members))


def _look(session: Session, member: str) -> _Found:
    names = _names(session, _find(session, member))
    tasks = session.exec(select(CareTaskRow.id).where(col(CareTaskRow.member).in_(names))).all()
    heads = dict(session.execute(select(Feed.name, Feed.head)).all())
    places = _places(session, _published(session, names, tasks))
    return _Found(names, _facts_about(session, names), tasks, set(places), heads)


def _erase(session: Session, clock: Clock, who: str, row: MemberRow, found: _Found, since_ms: int) -> Erased:
    facts = sorted({*found.facts, *_facts_about(session, found.names, since_ms)})
    sides = drop_sides(session, [fact for fact, _ in facts])
    moved = _moved(session, found)
    tasks = [*found.tasks, *_new_tasks(session, found.names, moved)]
    places = sorted({*found.places, *_new_places(session, _published(session, found.names, tasks), moved)})
    changes = [*(Change(*place, None) for place in places), *erasures(facts, clock)]
    _drop_snapshots(session, {change.feed for change in changes})
    _drop_rows(session, row, found.names)
    _cancel(session, tasks)
    for name in found.names:
        note_act(session, clock, who, ERASED, name)
    publish(session, changes)
    return Erased(row.id, sides, len(places))


def _names(session: Session, row: MemberRow) -> list[str]:
    older = select(MemberAlias.old).where(MemberAlias.new == row.id).order_by(MemberAlias.old)
    return [row.id, *session.exec(older)]


def _check_value(session: Session, row: MemberRow) -> None:
    account = session.get(ValueAccountRow, (row.id, VALUE))
    value = account.balance if account is not None else int(json.loads(row.data).get("stored_value") or 0)
    if value:
        raise InputError("member_has_value", member=row.id, amount=value)


def _find(session: Session, member: str) -> MemberRow:
    alias = session.get(MemberAlias, member)
    named = session.get(MemberRow, alias.new if alias else member)
    called = session.exec(select(MemberRow).where(MemberRow.code == member)).all()
    found = {one.id: one for one in (named, *called) if one is not None}
    if not found:
        raise NotFound("no_such_member", member=member)
    if len(found) > 1:
        raise InputError("ambiguous_member", member=member, members=", ".join(sorted(found)))
    return next(iter(found.values()))


def _facts_about(session: Session, names: Sequence[str], since_ms: int = 0) -> list[Made]:
    """Of the registrations and orders of these ids, which are what has side records; received since then. An order in
    quarantine has nothing but its fact.
    """
    wanted = set(names)
    came = col(FactRow.received_ms) >= since_ms
    aside = (col(FactRow.kind) == VALET_ORDER_PLACED) & (col(FactRow.outcome) == "quarantined")
    made = select(FactRow.id, FactRow.terminal, FactRow.body)
    made = made.where((col(FactRow.kind) == MEMBER_REGISTERED) | aside, came)
    made = made.execution_options(yield_per=PART)
    found = [(fact, till) for fact, till, body in session.exec(made) if member_of(body) in wanted]
    ordered = select(ValetOrderRow.fact, ValetOrderRow.terminal).where(col(ValetOrderRow.member).in_(names))
    if since_ms:
        ordered = ordered.join(FactRow, col(FactRow.id) == col(ValetOrderRow.fact)).where(came)
    return [*found, *session.exec(ordered)]


def member_of(body: bytes) -> str | None:
    """Of a registration or an order in whichever version; None of one that cannot be read, or names no id."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    member = said.get("member") if isinstance(said, dict) else None
    return member if isinstance(member, str) and not _NO_TEXT.search(member) else None


def drop_sides(session: Session, facts: Sequence[str]) -> int:
    """Drop what lay beside these facts; how many records."""
    dropped = 0
    for some in parts(facts):
        dropped += session.exec(delete(SideRow).where(col(SideRow.fact).in_(some))).rowcount
    return dropped


def _published(session: Session, names: Sequence[str], tasks: Iterable[str]) -> set[tuple[str, str]]:
    """Table and key of the member, their coupons, leases, tasks and aliases, as feeds have them."""
    coupons = session.exec(select(CouponRow.id).where(col(CouponRow.member).in_(names))).all()
    leases = session.exec(select(ValueLeaseRow.id).where(col(ValueLeaseRow.member).in_(names))).all()
    tables = {
        "member": names, "member_alias": names, "coupon": coupons, "coupon_lease": coupons, "care_task": tasks,
        "value_lease": leases,
    }  # fmt: skip
    return {(table, key) for table, keys in tables.items() for key in keys}


def _places(session: Session, wanted: Collection[tuple[str, str]], *where: ColumnElement[bool]) -> Iterator[Place]:
    """In which feeds these are now."""
    for keys in parts(sorted({key for _, key in wanted})):
        live = col(FeedRow.key).in_(keys), col(FeedRow.data).is_not(None), *where
        for feed, table, key in session.exec(select(FeedRow.feed, FeedRow.table_name, FeedRow.key).where(*live)):
            if (table, key) in wanted:
                yield feed, table, key


def _moved(session: Session, found: _Found) -> Mapping[str, int]:
    """The feeds that have moved on since the look, and where their heads were then."""
    heads = session.execute(select(Feed.name, Feed.head)).all()
    return {feed: found.heads.get(feed, 0) for feed, head in heads if head > found.heads.get(feed, 0)}


def _new_places(session: Session, wanted: Collection[tuple[str, str]], moved: Mapping[str, int]) -> Iterator[Place]:
    """Where they were published since."""
    for feed, before in moved.items():
        yield from _places(session, wanted, col(FeedRow.feed) == feed, col(FeedRow.version) > before)


def _new_tasks(session: Session, names: Sequence[str], moved: Mapping[str, int]) -> Iterator[str]:
    """Follow-ups of these ids that were published since. HQ's own table of them is that of all years, and has no index
    of members: looking through it is no work for a transaction that everybody waits for.
    """
    for feed, before in moved.items():
        since = col(FeedRow.feed) == feed, col(FeedRow.version) > before, col(FeedRow.table_name) == "care_task"
        rows = session.exec(select(FeedRow.key, FeedRow.data).where(*since, col(FeedRow.data).is_not(None)))
        yield from (key for key, data in rows if json.loads(data or "{}").get("member") in names)


def erasures(facts: Sequence[tuple[str, str]], clock: Clock) -> Iterator[Change]:
    """Their tills are to drop their own copies."""
    at = clock.now().isoformat()
    for fact, terminal in facts:
        yield Change(terminal_feed(terminal), "erasure", fact, {"fact": fact, "at": at})


def _drop_snapshots(session: Session, feeds: set[str]) -> None:
    """They would bring the rows back to whoever loads one, until the pages behind it."""
    old = session.exec(select(Snapshot.id).where(col(Snapshot.feed).in_(sorted(feeds)))).all()
    session.exec(delete(SnapshotChunk).where(col(SnapshotChunk.snapshot).in_(old)))
    session.exec(delete(Snapshot).where(col(Snapshot.id).in_(old)))


def _drop_rows(session: Session, row: MemberRow, names: Sequence[str]) -> None:
    """Coupons and points go with the member; sales, tasks and the books keep the id alone."""
    coupons = select(CouponRow.id).where(col(CouponRow.member).in_(names))
    leased = (col(CouponLeaseRow.coupon).in_(coupons), col(CouponLeaseRow.state) == OPEN)
    answered = col(LeaseReturnRow.lease).in_(select(CouponLeaseRow.number).where(*leased))
    session.exec(delete(LeaseReturnRow).where(answered))
    session.exec(delete(CouponLeaseRow).where(*leased))
    session.exec(delete(CouponRow).where(col(CouponRow.member).in_(names)))
    session.exec(delete(GuestRow).where(col(GuestRow.member).in_(names)))
    session.exec(delete(MemberAlias).where(or_(col(MemberAlias.new) == row.id, col(MemberAlias.old).in_(names))))
    session.delete(row)
    session.flush()


def _cancel(session: Session, tasks: Sequence[str]) -> None:
    """Nobody is left to do them for."""
    for some in parts(tasks):
        still = update(CareTaskRow).where(col(CareTaskRow.id).in_(some), col(CareTaskRow.state).in_(_TO_DO))
        session.execute(still.values(state=CANCELLED).execution_options(synchronize_session=False))
