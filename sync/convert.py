"""Between what the till stores and what goes over the wire; and what of HQ's answers can be believed.

HQ may be broken, restored from a backup or not HQ at all: an answer about a fact that was never sent, or a time that
is none, changes nothing here (field_failures.md S-12).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime

from posclient.db import outbox
from posclient.db.connection import Connection
from posclient.db.instants import iso_ms, to_ms
from posclient.db.outbox import PendingFact
from posclient.errors import LinkError
from sync.protocol import FactMessage, FactOutcome, Lost, PushReply, PushRequest, SideRecord
from sync.thin import MOST_BASE, MOST_BASE_BYTES, Base


def push_request(batch: Sequence[PendingFact], lost: Sequence[Lost] = ()) -> PushRequest:
    """Facts as they are stored, byte for byte, with their side records."""
    return PushRequest(
        lost=list(lost),
        facts=[_fact_message(pending) for pending in batch],
        sides=[
            SideRecord(
                id=side.id, fact=pending.fact.id, salt=base64.b64encode(side.salt).decode(),
                sealed=base64.b64encode(side.sealed).decode(),
            )
            for pending in batch
            for side in pending.sides
        ],
    )  # fmt: skip


def earlier_facts(con: Connection, incarnation: str, seq: int) -> Base | None:
    """What HQ has of the facts before a batch, by which it can be packed."""
    first, bodies = outbox.bodies_before(con, incarnation, seq, MOST_BASE, MOST_BASE_BYTES)
    return Base(incarnation, first, bodies) if bodies else None


def believed(reply: PushReply, batch: Sequence[PendingFact]) -> list[FactOutcome]:
    """The outcomes of facts that were sent and that HQ says it has stored, or has kept aside.

    ``LinkError("not_hq")`` for an answer that cannot be about this batch, or that moves nothing on.
    """
    if reply.last_hash not in {"", batch[-1].fact.hash.hex()}:
        raise LinkError("not_hq", why="outcome_of_another")
    sent = {pending.fact.id: pending.fact.seq for pending in batch}
    outcomes = []
    for said in reply.outcomes:
        if sent.pop(said.id, None) != said.seq:
            raise LinkError("not_hq", why="outcome_of_another")
        if said.seq <= reply.received_seq or said.outcome == "quarantined":
            outcomes.append(said)
    if not outcomes:
        raise LinkError("not_hq", why="nothing_received")
    _ms(reply.time)  # HQ is told it again, as the time until which this till has sent all that it had
    return outcomes


def offset_ms(hq_time: str, now: datetime) -> int:
    """HQ's clock minus ours; ``LinkError("not_hq")`` for a time that is none."""
    return _ms(hq_time) - to_ms(now)


def _ms(hq_time: str) -> int:
    try:
        return iso_ms(hq_time)
    except (ValueError, OverflowError) as error:
        raise LinkError("not_hq", why="time") from error


def _fact_message(pending: PendingFact) -> FactMessage:
    """Bytes that are no text any more (a bad disk, a strange hand) go as far as they can be said: HQ sees by the hash
    that they are others and puts them aside, and the facts behind them pass (T-18).
    """
    fact = pending.fact
    return FactMessage(
        terminal=fact.terminal, incarnation=fact.incarnation, seq=fact.seq, id=fact.id, kind=fact.kind,
        kind_version=fact.kind_version, body=fact.body.decode(errors="replace"), hash=fact.hash.hex(),
    )  # fmt: skip
