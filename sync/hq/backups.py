"""What HQ's backup covers, and what follows when HQ was restored from one (docs/hq.md, backup).

With no backup ever declared, what HQ has stored counts as durable. From the first declaration on, only what the last
one covers does: tills keep their facts until then, whatever HQ has received (S-12).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlmodel import Session, delete, select

from posclient.domain.ids import Clock
from posclient.errors import InputError
from sync.hq import contacts
from sync.hq.clock import milliseconds
from sync.hq.fact_tables import Backup
from sync.hq.tables import Chain, Feed, Identity, Snapshot, SnapshotChunk


class Marks(BaseModel):
    """How far each chain was received when a backup began: ``chains`` are (terminal, incarnation, seq)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    hq: str
    chains: list[tuple[str, str, int]]


_ANY_BACKUP = select(Backup.number).limit(1)


def marks(session: Session) -> Marks:
    """Where everything stands now; to be taken before a backup begins."""
    chains = session.exec(select(Chain).order_by(Chain.terminal, Chain.incarnation))
    return Marks(hq=_own_id(session), chains=[(one.terminal, one.incarnation, one.received_seq) for one in chains])


def read_marks(session: Session, text: str) -> Marks:
    """The marks of a file; ``InputError("bad_marks")`` (reason=) if it is none or of another HQ."""
    try:
        found = Marks.model_validate_json(text)
    except ValidationError:
        raise InputError("bad_marks", reason="form") from None
    if found.hq != _own_id(session):
        raise InputError("bad_marks", reason="other_hq")
    return found


def declare(session: Session, clock: Clock, covered: Marks) -> int:
    """A backup that covers ``covered`` is safe; the number of facts that are durable now and were not before."""
    gained = 0
    for terminal, incarnation, seq in covered.chains:
        chain = session.get(Chain, (terminal, incarnation))
        if chain is not None and seq > chain.durable_seq:
            durable = min(seq, chain.received_seq)
            gained += durable - chain.durable_seq
            chain.durable_seq = durable
    session.add(Backup(at_ms=milliseconds(clock), facts=gained))
    return gained


def durable_seq(session: Session, chain: Chain) -> int:
    """How far a till's facts are covered."""
    if session.exec(_ANY_BACKUP).first() is None:
        return chain.received_seq
    return min(chain.durable_seq, chain.received_seq)


def restored(session: Session, clock: Clock) -> Mapping[str, Any]:
    """HQ was restored: every feed gets a new epoch, so that no till takes its old place for one of the new rows.

    What a restored database holds is in the backup that it came from, and nothing is that comes later: that is said
    here, since a copy does not hold its own declaration, and the first one none at all. Rights that lie here may have
    been renewed since: see ``contacts.restored``.
    """
    contacts.restored(session, milliseconds(clock))
    feeds = session.exec(select(Feed).order_by(Feed.name).with_for_update()).all()
    for feed in feeds:
        feed.epoch = secrets.token_hex(8)
    for table in (SnapshotChunk, Snapshot):
        session.exec(delete(table))
    here = marks(session)
    declare(session, clock, here)
    seqs = [seq for _, _, seq in here.chains if seq]
    return {"feeds": len(feeds), "chains": len(seqs), "facts": sum(seqs)}


def _own_id(session: Session) -> str:
    """Empty where HQ was never started: it has no till either."""
    return session.exec(select(Identity.id)).first() or ""
