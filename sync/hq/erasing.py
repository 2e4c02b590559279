"""A member asks to be forgotten (个人信息删除): what names them goes, what was sold stays.

Facts hold no personal data, so no chain breaks: their sealed side records go here, and a row in its terminal's feed
tells the till that made each to drop its own copy. Tombstones take the member from the tills of every store.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, delete, or_, select

from posclient.domain.facts import MEMBER_REGISTERED
from posclient.domain.ids import Clock
from posclient.domain.leases import VALUE
from posclient.errors import InputError, NotFound
from sync.hq.bulk import parts
from sync.hq.chain_tables import CouponRow, GuestRow, MemberAlias, MemberRow
from sync.hq.fact_tables import CareTaskRow, FactRow, SideRow, ValetOrderRow
from sync.hq.feeds import Change, terminal_feed
from sync.hq.handling import note_act
from sync.hq.lease_tables import OPEN, CouponLeaseRow, LeaseReturnRow, ValueAccountRow, ValueLeaseRow
from sync.hq.tables import FeedRow, Snapshot, SnapshotChunk


@dataclass(frozen=True, slots=True)
class Erased:
    """``member``: the id, which names nobody now; ``sides``: sealed records dropped; ``rows``: taken from feeds."""

    member: str
    sides: int
    rows: int


def erase(session: Session, clock: Clock, who: str, member: str) -> tuple[Erased, list[Change]]:
    """Forget a member, by id, older id or code; the changes are to be published last in the transaction.

    Raises:
        NotFound: ``no_such_member``.
        InputError: ``member_has_value`` (amount=): stored value is to be paid out first, it is the member's money.
    """
    row = _find(session, member)
    account = session.get(ValueAccountRow, (row.id, VALUE))
    value = account.balance if account is not None else int(json.loads(row.data).get("stored_value") or 0)
    if value:
        raise InputError("member_has_value", member=row.id, amount=value)
    names = [row.id, *session.exec(select(MemberAlias.old).where(MemberAlias.new == row.id))]
    facts = _facts_about(session, names)
    sides = _drop_sides(session, [fact for fact, _ in facts])
    changes = [*_gone_from_feeds(session, names), *_told(facts, clock)]
    _drop_snapshots(session, {change.feed for change in changes})
    _drop_rows(session, row, names)
    note_act(session, clock, who, "erase_member", row.id)
    rows = sum(change.data is None for change in changes)
    return Erased(row.id, sides, rows), changes


def _find(session: Session, member: str) -> MemberRow:
    alias = session.get(MemberAlias, member)
    found = session.get(MemberRow, alias.new if alias else member)
    found = found or session.exec(select(MemberRow).where(MemberRow.code == member)).first()
    if found is None:
        raise NotFound("no_such_member", member=member)
    return found


def _facts_about(session: Session, names: Sequence[str]) -> list[tuple[str, str]]:
    """Fact and terminal of the registrations and orders of these ids: those are what has side records."""
    wanted = set(names)
    made = select(FactRow.id, FactRow.terminal, FactRow.body).where(FactRow.kind == MEMBER_REGISTERED)
    found = [(fact, till) for fact, till, body in session.exec(made) if _member_of(body) in wanted]
    ordered = select(ValetOrderRow.fact, ValetOrderRow.terminal).where(col(ValetOrderRow.member).in_(names))
    return [*found, *session.exec(ordered)]


def _member_of(body: bytes) -> Any:
    """Of a registration in whichever version; None of one that cannot be read."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said.get("member") if isinstance(said, dict) else None


def _drop_sides(session: Session, facts: Sequence[str]) -> int:
    dropped = 0
    for some in parts(facts):
        dropped += session.exec(delete(SideRow).where(col(SideRow.fact).in_(some))).rowcount
    return dropped


def _gone_from_feeds(session: Session, names: Sequence[str]) -> Iterator[Change]:
    """Tombstones of the member, their coupons, leases, tasks and aliases, wherever they were published."""
    coupons = session.exec(select(CouponRow.id).where(col(CouponRow.member).in_(names))).all()
    tasks = session.exec(select(CareTaskRow.id).where(col(CareTaskRow.member).in_(names))).all()
    leases = session.exec(select(ValueLeaseRow.id).where(col(ValueLeaseRow.member).in_(names))).all()
    tables = {
        "member": names, "member_alias": names, "coupon": coupons, "coupon_lease": coupons, "care_task": tasks,
        "value_lease": leases,
    }  # fmt: skip
    for table, keys in tables.items():
        for some in parts(keys):
            live = (FeedRow.table_name == table, col(FeedRow.key).in_(some), col(FeedRow.data).is_not(None))
            for feed, key in session.exec(select(FeedRow.feed, FeedRow.key).where(*live)):
                yield Change(feed, table, key, None)


def _told(facts: Sequence[tuple[str, str]], clock: Clock) -> Iterator[Change]:
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
