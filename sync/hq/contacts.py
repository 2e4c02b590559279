"""When each till was last in sync: a right that HQ leased is over only when its holder has sent what it did with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, delete, select

from posclient.errors import LinkError
from sync.hq.chain_settings import chain_setting
from sync.hq.fact_tables import Incident
from sync.hq.lease_tables import LEASE, OPEN, ContactRow, CouponLeaseRow, LeaseReturnRow, ValueLeaseRow
from sync.hq.tables import Chain, Terminal

#: A lease's life where the chain does not say (setting ``lease_days``).
LEASE_DAYS, DAY_MS = 7, 86_400_000
#: So long a till's leases are left alone: tills ask for their feeds every minute.
ROUND_MS = 5 * 60 * 1000
#: From a till's question for its feeds to its last page of them; far longer than any that was ever seen.
SLOW_PULL_MS = 24 * 60 * 60 * 1000


def is_due(session: Session, terminal: str, now_ms: int) -> bool:
    """Is it time to look at the leases of this till again?"""
    seen = session.get(ContactRow, terminal)
    return seen is None or now_ms >= seen.due_ms


def read_until(sent_until: str) -> int | None:
    """``sent_until`` of ``HqApi.feeds``; None: not said, as by an older till. ``LinkError("bad_request")``."""
    try:
        return instant_ms(sent_until) if sent_until else None
    except (ValueError, TypeError):
        raise LinkError("bad_request", field="sent_until") from None


def lease_life_ms(session: Session, store: str) -> int:
    """How long what is leased now is good."""
    return chain_setting(session, store, "lease_days", LEASE_DAYS) * DAY_MS


def note_heard(session: Session, terminal: Terminal, now_ms: int) -> None:
    """The till hears HQ's time by way of its hub, and so of leases: no contact, but it relies on them for as long."""
    seen = session.get(ContactRow, terminal.id)
    if seen is not None:
        seen.rights_ms = max(seen.rights_ms, now_ms + lease_life_ms(session, terminal.store) + SLOW_PULL_MS)
        session.add(seen)


def note(session: Session, terminal: str, now_ms: int, life_ms: int, until_ms: int | None) -> int:
    """The till asks for its feeds, so it has sent all that it had made before ``until_ms``; None: before now. It will
    hear of leases for ``life_ms`` from now. Gives until when this machine has sent all, at the latest now.

    A question may be under way for hours, and a sale be made meanwhile: when it arrives says nothing of what was sent.
    And what was sent before HQ was restored may have gone to the one that was lost: the next question says more.
    """
    seen = session.get(ContactRow, terminal) or ContactRow(terminal=terminal, at_ms=0, due_ms=0, rights_ms=0)
    sent_ms = now_ms if until_ms is None else min(now_ms, until_ms)
    if sent_ms <= -seen.at_ms:
        sent_ms = 0
    else:
        seen.at_ms = min(now_ms, max(seen.at_ms, sent_ms))
    seen.due_ms = now_ms + ROUND_MS
    seen.rights_ms = max(seen.rights_ms, now_ms + life_ms + SLOW_PULL_MS)
    session.add(seen)
    session.flush()
    return sent_ms


def is_forked(session: Session, terminal: Terminal) -> bool:
    """Has this enrolment two histories? Then what the till has sent says nothing of the other one: its sales may lie
    with the store's hub, and come when what they used was long given to somebody else (S-18, S-19).
    """
    mine = Incident.terminal == terminal.id, Incident.incarnation == (terminal.incarnation or "")
    return session.exec(select(Incident.number).where(*mine, Incident.code == "fork").limit(1)).first() is not None


def restored(session: Session, now_ms: int) -> None:
    """Until it stopped, HQ may have renewed what lies here with an older end: no right is over before the last end that
    a till can have heard of. They are signed anew at the next contacts; who wants one called back asks again, and of
    another end, since tills may have given the present one back.
    """
    session.exec(delete(LeaseReturnRow))
    session.execute(update(ContactRow).values(at_ms=-now_ms, due_ms=0))
    lease = col(CouponLeaseRow.state) == OPEN, col(CouponLeaseRow.kind) == LEASE, col(CouponLeaseRow.recall_ms) > 0
    later = {"not_after_ms": CouponLeaseRow.not_after_ms + 1, "signed": False}
    session.execute(update(CouponLeaseRow).where(*lease).values(later))
    session.execute(update(CouponLeaseRow).where(col(CouponLeaseRow.recall_ms) > 0).values(recall_ms=0, asker=None))
    for store in session.exec(select(Terminal.store).distinct()).all():
        end_ms = now_ms + lease_life_ms(session, store)
        tills = select(Terminal.id).where(Terminal.store == store)
        here = col(ContactRow.terminal).in_(tills), col(ContactRow.rights_ms) < end_ms + SLOW_PULL_MS
        session.execute(update(ContactRow).where(*here).values(rights_ms=end_ms + SLOW_PULL_MS))
        for table, mine in (
            (CouponLeaseRow, col(CouponLeaseRow.store) == store),
            (ValueLeaseRow, col(ValueLeaseRow.terminal).in_(tills)),
        ):
            old = mine, col(table.state) == OPEN, col(table.kind) == LEASE, col(table.not_after_ms) < end_ms
            session.execute(update(table).where(*old).values(not_after_ms=end_ms, signed=False))


def look_again(session: Session, terminal: str) -> None:
    """There was more than one contact does."""
    seen = session.get(ContactRow, terminal)
    if seen is not None:
        seen.due_ms = 0
        session.flush()


def hurry(session: Session, store: str | None = None) -> None:
    """There is something new to lease: look at the next contact of every till, or of those of ``store``."""
    change = update(ContactRow).values(due_ms=0).execution_options(synchronize_session=False)
    if store is not None:
        change = change.where(col(ContactRow.terminal).in_(select(Terminal.id).where(Terminal.store == store)))
    session.execute(change)


def tills_of(session: Session, store: str) -> Sequence[Terminal]:
    """The tills that work in a store, by slot."""
    here = (Terminal.store == store, col(Terminal.enrolled_ms).is_not(None), col(Terminal.revoked).is_(False))
    return session.exec(select(Terminal).where(*here).order_by(col(Terminal.slot))).all()


def working(session: Session, terminal: str) -> Terminal:
    """The till, if it still has its place; ``LinkError("revoked")``."""
    place = session.get_one(Terminal, terminal)
    if place.revoked:
        raise LinkError("revoked")
    return place


def incarnations(session: Session, terminal: Terminal) -> list[str]:
    """That of the machine which has the place now, and those that it had before, the newest first."""
    found: list[str] = []
    name = terminal.incarnation or ""
    while name and name not in found:
        found.append(name)
        chain = session.get(Chain, (terminal.id, name))
        name = chain.earlier if chain else ""
    return found


def last_sync(session: Session, store: str, terminal: str | None) -> datetime | None:
    """When ``terminal``, or else every till of ``store``, had last sent all that it had; None: never."""
    wanted = [terminal] if terminal else [one.id for one in tills_of(session, store)]
    seen = [session.get(ContactRow, one) for one in wanted]
    times = [one.at_ms for one in seen if one is not None]
    return instant(min(times)) if times and len(times) == len(wanted) else None


def instant(ms: int) -> datetime:
    """A time of the tables."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def instant_ms(text: str) -> int:
    """The other way, from what a till sent (ISO 8601): ``ValueError``, ``TypeError`` where it has no offset."""
    return (datetime.fromisoformat(text) - instant(0)) // timedelta(milliseconds=1)
