"""Which facts of a batch are new, which were here before, and which contradict what was (protocol.md, identity)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from posclient.errors import LinkError
from sync.hq.fact_tables import FactRow, Quarantine, Resent
from sync.hq.feeds import parts
from sync.hq.tables import Chain
from sync.hq.work import Received, Work
from sync.protocol import FactOutcome

#: (incarnation, seq) within a terminal.
Seat = tuple[str, int]


def outcome(received: Received, said: str, code: str | None = None) -> FactOutcome:
    """The answer about one fact."""
    return FactOutcome.model_validate({"id": received.fact.id, "seq": received.fact.seq, "outcome": said, "code": code})


class Ledger:
    """What is stored of one terminal, as far as a batch asks."""

    def __init__(self, work: Work, batch: Sequence[Received], now_ms: int) -> None:
        self._work = work
        self._now_ms = now_ms
        self._chains: dict[str, Chain] = {}
        self._hashes: defaultdict[Seat, set[str]] = defaultdict(set)
        self._forks: set[tuple[str, int, str]] = set()
        self._ids = self._stored_ids(work.session, batch)
        self._resent = 0
        self._load(work.session, batch)

    def admit(self, received: Received) -> FactOutcome | None:
        """None if the fact is new: it is the next of its incarnation now. Else its outcome, all done.

        Raises:
            LinkError: ``gap`` (expected=).
        """
        fact = received.fact
        chain = self._chain(fact.incarnation)
        if fact.seq > chain.received_seq + 1:
            raise LinkError("gap", expected=chain.received_seq + 1, incarnation=fact.incarnation)
        if fact.seq <= chain.received_seq:
            return self._again(received)
        chain.received_seq = fact.seq
        self._hashes[fact.incarnation, fact.seq].add(fact.hash)
        if fact.id in self._ids:
            self.quarantine(received, "id_taken", "another fact has this id")
            return outcome(received, "quarantined", "id_taken")
        self._ids.add(fact.id)
        return None

    def received_seq(self, incarnation: str) -> int:
        """All facts of ``incarnation`` up to here are stored."""
        return self._chain(incarnation).received_seq

    def store(self, received: Received, said: FactOutcome) -> None:
        """Keep a new fact, raw."""
        self._work.add(FactRow, outcome=said.outcome, code=said.code, **self._envelope(received), id=received.fact.id)

    def quarantine(self, received: Received, code: str, detail: str) -> None:
        """Keep a fact for a person to look at."""
        self._work.add(Quarantine, code=code, detail=detail, **self._envelope(received), fact=received.fact.id)

    def close(self) -> None:
        """Note how many facts came again."""
        if self._resent:
            terminal = self._work.terminal.id
            row = self._work.session.get(Resent, terminal) or Resent(terminal=terminal)
            row.facts += self._resent
            self._work.session.add(row)

    def _again(self, received: Received) -> FactOutcome:
        fact = received.fact
        if fact.hash in self._hashes[fact.incarnation, fact.seq]:
            self._resent += 1
            return outcome(received, "duplicate")
        if (fact.incarnation, fact.seq, fact.hash) not in self._forks:
            self._forks.add((fact.incarnation, fact.seq, fact.hash))
            self.quarantine(received, "fork", "another fact has this seq")
        return outcome(received, "quarantined", "fork")

    def _chain(self, incarnation: str) -> Chain:
        """An incarnation that a restored till made by itself starts here."""
        found = self._chains.get(incarnation)
        if found is None:
            terminal = self._work.terminal.id
            found = self._work.session.get(Chain, (terminal, incarnation))
            found = found or Chain(terminal=terminal, incarnation=incarnation)
            self._work.session.add(found)
            self._chains[incarnation] = found
        return found

    def _load(self, session: Session, batch: Sequence[Received]) -> None:
        """Hashes of what is stored at the batch's seats."""
        seqs: defaultdict[str, list[int]] = defaultdict(list)
        for received in batch:
            if received.fact.seq <= self._chain(received.fact.incarnation).received_seq:
                seqs[received.fact.incarnation].append(received.fact.seq)
        for incarnation, wanted in seqs.items():
            for some in parts(wanted):
                self._load_seats(session, incarnation, some)

    def _load_seats(self, session: Session, incarnation: str, seqs: Sequence[int]) -> None:
        terminal = self._work.terminal.id
        place = (FactRow.terminal == terminal, FactRow.incarnation == incarnation, col(FactRow.seq).in_(seqs))
        for seq, stored in session.exec(select(FactRow.seq, FactRow.hash).where(*place)):
            self._hashes[incarnation, seq].add(stored)
        aside = (
            Quarantine.terminal == terminal, Quarantine.incarnation == incarnation, col(Quarantine.seq).in_(seqs)
        )  # fmt: skip
        for seq, stored, code in session.exec(select(Quarantine.seq, Quarantine.hash, Quarantine.code).where(*aside)):
            if code == "fork":
                self._forks.add((incarnation, seq, stored))
            else:
                self._hashes[incarnation, seq].add(stored)

    def _stored_ids(self, session: Session, batch: Sequence[Received]) -> set[str]:
        found: set[str] = set()
        for some in parts(received.fact.id for received in batch):
            found.update(session.exec(select(FactRow.id).where(col(FactRow.id).in_(some))))
        return found

    def _envelope(self, received: Received) -> dict[str, Any]:
        fact = received.fact
        return {
            "terminal": fact.terminal, "incarnation": fact.incarnation, "seq": fact.seq, "kind": fact.kind,
            "kind_version": fact.kind_version, "body": received.body, "hash": fact.hash, "received_ms": self._now_ms,
        }  # fmt: skip
