"""A lease called back for a till of another store, where the member stands now (protocol.md, recall).

The home store has it until each of its tills that may rely on it has said that it does not any more. What they did
with the coupon before that is here then, since a till's facts come in their order: so nobody waits for the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session, col, delete, select

from posclient.domain.leases import HOLD, LONGEST_WAIT, MARGIN
from sync.hq import contacts
from sync.hq.contacts import instant
from sync.hq.feeds import Change, store_feed
from sync.hq.lease_tables import HELD, LAPSED, LEASE, OPEN, ContactRow, CouponLeaseRow, LeaseReturnRow
from sync.hq.tables import Terminal

#: A recall is tried for so long after the last question for it.
KEPT_MS = HOLD // timedelta(milliseconds=1)
#: So long a customer waits for an answer: the asker is to ask every second. Later it asks now and then.
FIRST_MS = 3000
SOON_S, LATER_S = 1, 10
_MARGIN_MS, _LONGEST_MS = (span // timedelta(milliseconds=1) for span in (MARGIN, LONGEST_WAIT))


def call_back(session: Session, row: CouponLeaseRow, asker: str, now_ms: int) -> list[Change]:
    """``asker``, a till of another store, wants the coupon of this lease; again and again, until it is here."""
    changes = []
    if not row.recall_ms:
        row.recall_ms, row.asker = now_ms, asker
        changes.append(lease_change(row))
    if row.asker == asker:
        row.asked_ms = now_ms
    session.flush()
    return [*changes, *settle(session, row, now_ms)]


def returned(
    session: Session, terminal: Terminal, incarnation: str, coupon: str, not_after_ms: int, now_ms: int
) -> list[Change]:
    """A till has given up a lease. One that is called back no more, or under another end, stays what it is."""
    for row in open_rights(session, coupon):
        if row.kind == LEASE and row.store == terminal.store and row.not_after_ms == not_after_ms and row.recall_ms:
            said = LeaseReturnRow(
                lease=row.number or 0, terminal=terminal.id, incarnation=incarnation, not_after_ms=not_after_ms
            )
            session.merge(said)
            session.flush()
            return settle(session, row, now_ms)
    return []


def settle(session: Session, row: CouponLeaseRow, now_ms: int) -> list[Change]:
    """Once nobody relies on the lease it is over, and HQ holds the coupon for who asked."""
    if row.state != OPEN or not row.recall_ms or _waits_for(session, row, now_ms):
        return []
    end(session, row, LAPSED)
    session.flush()
    asker = session.get(Terminal, row.asker)
    if asker is not None and not open_rights(session, row.coupon):
        session.add(
            CouponLeaseRow(
                coupon=row.coupon, store=asker.store, terminal=asker.id, kind=HELD, from_ms=now_ms,
                not_after_ms=now_ms + KEPT_MS + _MARGIN_MS,
            )
        )  # fmt: skip
        session.flush()
    return [Change(store_feed(row.store), "coupon_lease", row.coupon, None)]


def end(session: Session, row: CouponLeaseRow, state: str) -> None:
    """A lease that is over, in this state: used or lapsed."""
    row.state = state
    drop_answers(session, row)


def drop_answers(session: Session, row: CouponLeaseRow) -> None:
    """What tills said of a call that is over has no reader any more."""
    if row.recall_ms:
        session.exec(delete(LeaseReturnRow).where(col(LeaseReturnRow.lease) == row.number))


def forgotten(session: Session, store: str, now_ms: int, most: int) -> Sequence[CouponLeaseRow]:
    """Leases of ``store`` that are called back for somebody who asks no more."""
    wanted = (
        CouponLeaseRow.store == store, CouponLeaseRow.state == OPEN, CouponLeaseRow.recall_ms > 0,
        CouponLeaseRow.asked_ms < now_ms - KEPT_MS,
    )  # fmt: skip
    return session.exec(select(CouponLeaseRow).where(*wanted).limit(most)).all()


def again_s(row: CouponLeaseRow, now_ms: int) -> int:
    """Seconds until the asker is to ask again."""
    return SOON_S if now_ms - row.recall_ms < FIRST_MS else LATER_S


def lease_change(row: CouponLeaseRow) -> Change:
    """A lease as its store's tills see it."""
    data = {
        "coupon": row.coupon, "store": row.store, "not_after": instant(row.not_after_ms).isoformat(),
        "recalled": row.recall_ms > 0,
    }  # fmt: skip
    return Change(store_feed(row.store), "coupon_lease", row.coupon, data)


def open_rights(session: Session, coupon: str) -> Sequence[CouponLeaseRow]:
    """Who has a right to a coupon now."""
    wanted = (CouponLeaseRow.coupon == coupon, CouponLeaseRow.state == OPEN)
    return session.exec(select(CouponLeaseRow).where(*wanted).order_by(col(CouponLeaseRow.number))).all()


def _waits_for(session: Session, row: CouponLeaseRow, now_ms: int) -> bool:
    """May a till of the store still rely on the lease, or have used it without our knowing?

    A revoked one may not: nothing that it sends counts. One that is not heard of has no lease that is good in the end;
    what it sold until then is waited for as long as after the end of any lease.
    """
    said = session.exec(
        select(LeaseReturnRow.terminal, LeaseReturnRow.incarnation).where(
            LeaseReturnRow.lease == row.number, LeaseReturnRow.not_after_ms == row.not_after_ms
        )
    )
    done = set(said)
    for till in contacts.tills_of(session, row.store):
        seen = session.get(ContactRow, till.id)
        over = seen is not None and now_ms >= seen.rights_ms + _LONGEST_MS
        if not over and (till.id, till.incarnation) not in done:
            return True
    return False
