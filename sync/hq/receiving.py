"""Push at HQ: an outcome per fact, each fact's effects in one transaction with its storage (protocol.md, push).

A batch is one transaction. Where something in it cannot be stored, it is tried again in halves, down to the one fact
that is at fault: that one is kept raw in quarantine and acknowledged, so that a queue cannot wedge (T-18, G-7).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.exc import DataError as BadValueError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from posclient.domain.facts import VALET_ORDER_PLACED
from posclient.domain.ids import Clock
from posclient.errors import LinkError
from sync.hq.backups import durable_seq
from sync.hq.bodies import Body, UnreadableError, read_body
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.effects import apply_effect
from sync.hq.effects.valet import forget_address
from sync.hq.erasing import member_of
from sync.hq.fact_tables import SideRow
from sync.hq.identity import Keys
from sync.hq.ledger import Ledger, outcome
from sync.hq.tables import Chain, Terminal
from sync.hq.work import Received, Work
from sync.protocol import PROTOCOL_VERSION, FactMessage, FactOutcome, Lost, PushReply, PushRequest, SideRecord

#: What bad content can raise on its way into the database. A lost or full one (``DataError``) is no fault of a fact.
BAD_CONTENT = (IntegrityError, BadValueError, ValueError, TypeError, LookupError, ArithmeticError)
#: The fault of everything that a till sends which was shut out.
REVOKED = "revoked"
#: Longest id, kind or incarnation of an envelope.
MOST_ENVELOPE = 200


#: All facts up to the first are stored, up to the second in HQ's backup.
Seqs = tuple[int, int]


class Receiver:
    """Receives the facts of tills."""

    def __init__(self, database: Database, clock: Clock, keys: Keys) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys

    def receive(self, terminal_id: str, request: PushRequest, fault: UnreadableError | None = None) -> PushReply:
        """Store and apply what is new; with a ``fault`` all of that goes to quarantine.

        Raises:
            LinkError: for the whole batch, nothing of it is stored: ``upgrade_required``, ``bad_request``, ``gap``
                (expected=), ``unauthorized`` (facts of another terminal).
        """
        # bodies are read before the transaction: nobody else waits for it meanwhile
        batch = _batch(terminal_id, request, readable=fault is None)
        outcomes, (received, durable) = self._apply(terminal_id, batch, request.lost, fault)
        return PushReply(
            outcomes=outcomes, received_seq=received, durable_seq=durable, time=self._clock.now().isoformat(),
            last_hash=request.facts[-1].hash if request.facts else "",
        )  # fmt: skip

    def _apply(
        self,
        terminal_id: str,
        batch: Sequence[Received],
        lost: Sequence[Lost],
        fault: UnreadableError | None,
    ) -> tuple[list[FactOutcome], Seqs]:
        """Outcomes, and how far the last fact's incarnation is here (the present one's for an empty batch)."""
        try:
            return self._transaction(terminal_id, batch, lost, fault)
        except BAD_CONTENT as error:
            if not batch:
                raise
            if len(batch) == 1:
                fault = UnreadableError("not_applied", type(error).__name__)
                return self._transaction(terminal_id, batch, lost, fault)
        half = len(batch) // 2
        first, _ = self._apply(terminal_id, batch[:half], lost, fault)
        second, received = self._apply(terminal_id, batch[half:], (), fault)
        return [*first, *second], received

    def _transaction(
        self,
        terminal_id: str,
        batch: Sequence[Received],
        lost: Sequence[Lost],
        fault: UnreadableError | None,
    ) -> tuple[list[FactOutcome], Seqs]:
        with self._database.write(shared=True) as session:
            terminal = session.get_one(Terminal, terminal_id)
            terminal.seen_ms = milliseconds(self._clock)
            work = Work(session, terminal, self._keys, self._clock)
            ledger = Ledger(work, batch, terminal.seen_ms)
            for one in lost:
                ledger.skip(one)
            # all seats first: a gap must find nothing applied
            admitted = [ledger.admit(received) for received in batch]
            fresh = [received for received, said in zip(batch, admitted, strict=True) if said is None]
            if fresh and fault is not None and fault.code == REVOKED:
                ledger.incident(REVOKED, fresh[0].fact, "", fresh[-1].fact.seq)
            applied = iter(_apply(work, ledger, fresh, fault))
            ledger.close()
            work.finish()
            last = ledger.seqs(batch[-1].fact.incarnation) if batch else received_seqs(session, terminal)
            return [said or next(applied) for said in admitted], last


def _batch(terminal_id: str, request: PushRequest, readable: bool) -> list[Received]:
    """The facts in their order, each with its side records and, if it is to count, its content."""
    if request.protocol != PROTOCOL_VERSION:
        raise LinkError("upgrade_required", protocol=PROTOCOL_VERSION)
    sides: defaultdict[str, dict[str, SideRecord]] = defaultdict(dict)
    for side in request.sides:
        _check_text("sides", side.id)
        sides[side.fact].setdefault(side.id, side)  # one that comes twice would stop the batch for ever
    for fact in request.facts:
        if fact.terminal != terminal_id:
            raise LinkError("unauthorized", terminal=fact.terminal[:MOST_ENVELOPE])
        _check_envelope(fact)
    for lost in request.lost:
        _check_text("incarnation", lost.incarnation)
    ordered = sorted(request.facts, key=lambda fact: (fact.incarnation, fact.seq))
    return [_received(fact, tuple(sides[fact.id].values()), readable) for fact in ordered]


def _received(fact: FactMessage, sides: tuple[SideRecord, ...], readable: bool) -> Received:
    body = fact.body.encode()
    return Received(fact, body, sides, _content(fact, body) if readable else None)


def _check_envelope(fact: FactMessage) -> None:
    """The envelope goes into columns as it is; one that does not fit was not made by a till."""
    for name in ("incarnation", "id", "kind", "hash"):
        _check_text(name, getattr(fact, name))
    if fact.seq >= 2**63 or not 0 <= fact.kind_version < 2**31:
        raise LinkError("bad_request", field="seq")


def _check_text(name: str, text: str) -> None:
    if not 0 < len(text) <= MOST_ENVELOPE or "\0" in text:
        raise LinkError("bad_request", field=name)


def _apply(work: Work, ledger: Ledger, fresh: Sequence[Received], fault: UnreadableError | None) -> list[FactOutcome]:
    """Store and apply new facts, in their order."""
    contents = [fault or received.content or _content(received.fact, received.body) for received in fresh]
    work.load([content for content in contents if isinstance(content, Body)])
    outcomes = []
    for received, content in zip(fresh, contents, strict=True):
        said = _effect(work, ledger, received, content)
        ledger.store(received, said)
        for side in received.sides if received.fact.id not in work.nameless else ():
            if fault and work.get(SideRow, side.id) is not None:
                continue  # its id is taken, which may be the very fault
            work.add(SideRow, id=side.id, fact=side.fact, salt=side.salt, sealed=side.sealed)
        outcomes.append(said)
    return outcomes


def _content(fact: FactMessage, body: bytes) -> Body | UnreadableError:
    try:
        return read_body(fact.kind, fact.kind_version, body)
    except UnreadableError as fault:
        return fault


def _effect(work: Work, ledger: Ledger, received: Received, content: Body | UnreadableError) -> FactOutcome:
    try:
        if isinstance(content, UnreadableError):
            raise content
        code = apply_effect(work, received, content)
    except UnreadableError as fault:
        ledger.quarantine(received, fault.code, fault.detail)
        work.exception(received.fact.id, fault.code, aside=True)
        _forget(work, received)
        return outcome(received, "quarantined", fault.code)
    return outcome(received, "applied_with_exception" if code else "applied", code)


def _forget(work: Work, received: Received) -> None:
    """An order that is put aside is not to keep the address of somebody who was forgotten since."""
    if received.fact.kind == VALET_ORDER_PLACED and received.sides:
        forget_address(work, received.fact.id, member_of(received.body))


def received_seqs(session: Session, terminal: Terminal) -> Seqs:
    """How far HQ has the present chain of a terminal."""
    chain = session.get(Chain, (terminal.id, terminal.incarnation))
    return (chain.received_seq, durable_seq(session, chain)) if chain else (0, 0)
