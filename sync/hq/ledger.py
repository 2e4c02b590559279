"""Which facts of a batch are new, which were here before, and which contradict what was (protocol.md, identity)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from posclient.domain.facts import chain_hash, chain_start
from posclient.errors import LinkError
from sync.hq.backups import durable_seq
from sync.hq.bulk import Among
from sync.hq.fact_tables import FactRow, Incident, Quarantine, Resent
from sync.hq.tables import Chain
from sync.hq.work import Received, Work
from sync.protocol import FactMessage, FactOutcome, Lost

#: (incarnation, seq) within a terminal.
Seat = tuple[str, int]

_IDS = Among(select(FactRow.id), FactRow.id)


def _seats(table: type[FactRow | Quarantine], *columns: Any) -> Any:
    """Asked at every push, so made once."""
    return select(*columns).where(
        col(table.terminal) == bindparam("terminal"), col(table.incarnation) == bindparam("incarnation"),
        col(table.seq).between(bindparam("first"), bindparam("last")),
    )  # fmt: skip


_STORED = _seats(FactRow, FactRow.seq, FactRow.hash)
_ASIDE = _seats(Quarantine, Quarantine.seq, Quarantine.hash, Quarantine.code)


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
        self._forks: defaultdict[Seat, set[str]] = defaultdict(set)
        self._last_fork: Seat | None = None
        self._ids = set(_IDS.firsts(work.session, (received.fact.id for received in batch)))
        self._resent = 0
        self._load(work.session, batch)

    def admit(self, received: Received) -> FactOutcome | None:
        """None if the fact is new: it is the next of its incarnation now. Else its outcome, all done.

        Raises:
            LinkError: ``gap`` (expected=).
        """
        fact = received.fact
        chain = self._chain(fact.incarnation)
        if fact.seq <= chain.received_seq:
            return self._again(received)
        right = _next_hash(chain, received)
        is_next = fact.seq == chain.received_seq + 1
        follows = is_next and right in {"", fact.hash}
        if not follows and self._is_fork(received, is_next=is_next):
            return self._fork(received, right)
        if not is_next:
            raise LinkError("gap", expected=chain.received_seq + 1, incarnation=fact.incarnation)
        chain.received_seq, chain.head = fact.seq, fact.hash
        self._hashes[fact.incarnation, fact.seq].add(fact.hash)
        if not follows:
            self.incident("bad_hash", fact, right)
            self.quarantine(received, "bad_hash", "the hash does not follow from the one before")
            return outcome(received, "quarantined", "bad_hash")
        if fact.id in self._ids:
            self.quarantine(received, "id_taken", "another fact has this id")
            return outcome(received, "quarantined", "id_taken")
        self._ids.add(fact.id)
        return None

    def skip(self, lost: Lost) -> None:
        """The till has these facts no more: those behind them are taken, and a person is to ask why."""
        chain = self._chain(lost.incarnation)
        if not lost.first <= chain.received_seq + 1 <= lost.last:
            return  # they are here, or it comes again
        self._work.add(
            Incident, at_ms=self._now_ms, code="missing", terminal=self._work.terminal.id,
            incarnation=lost.incarnation, seq=chain.received_seq + 1, until_seq=lost.last, fact="", expected="",
            found="",
        )  # fmt: skip
        chain.received_seq, chain.head = lost.last, ""

    def seqs(self, incarnation: str) -> tuple[int, int]:
        """All facts of ``incarnation`` up to here are stored, and covered by HQ's backup."""
        chain = self._chain(incarnation)
        return chain.received_seq, durable_seq(self._work.session, chain)

    def store(self, received: Received, said: FactOutcome) -> None:
        """Keep a new fact, raw."""
        self._work.add(FactRow, outcome=said.outcome, code=said.code, **self._envelope(received), id=received.fact.id)

    def quarantine(self, received: Received, code: str, detail: str) -> None:
        """Keep a fact for a person to look at."""
        self._work.add(Quarantine, code=code, detail=detail, **self._envelope(received), fact=received.fact.id)

    def incident(self, code: str, fact: FactMessage, expected: str, until_seq: int = 0) -> None:
        """Keep what a person is to look into; it goes up to ``until_seq`` where that is further."""
        self._work.add(
            Incident, at_ms=self._now_ms, code=code, terminal=self._work.terminal.id, incarnation=fact.incarnation,
            seq=fact.seq, until_seq=max(fact.seq, until_seq), fact=fact.id, expected=expected, found=fact.hash,
        )  # fmt: skip

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
        return self._fork(received, min(self._hashes[fact.incarnation, fact.seq], default=""))

    def _fork(self, received: Received, expected: str) -> FactOutcome:
        """A fact of another history of this till: kept aside, once (S-19)."""
        fact = received.fact
        self._last_fork = fact.incarnation, fact.seq
        if fact.hash not in self._forks[fact.incarnation, fact.seq]:
            self._forks[fact.incarnation, fact.seq].add(fact.hash)
            self.incident("fork", fact, expected)
            self.quarantine(received, "fork", "another fact has this seq")
        return outcome(received, "quarantined", "fork")

    def _is_fork(self, received: Received, *, is_next: bool) -> bool:
        """Does it come after a fact that was a fork?

        A store's hub can bring a lost disk's facts, and then one of the right history of which HQ has not all before:
        that one follows from no fork, and is a gap. A batch is one history, whatever its hashes are.
        """
        before = (received.fact.incarnation, received.fact.seq - 1)
        forks = self._forks.get(before, set())
        return bool(forks) and (
            is_next
            or before == self._last_fork
            or any(_hash(_bytes(fork), received) == received.fact.hash for fork in forks)
        )

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
        """Hashes of what is stored at the batch's seats, and at the seat before it."""
        seqs: defaultdict[str, set[int]] = defaultdict(set)
        for received in batch:
            fact = received.fact
            known = {fact.seq} if fact.seq <= self._chain(fact.incarnation).received_seq else set()
            seqs[fact.incarnation] |= known or {fact.seq - 1, fact.seq}
        for incarnation, wanted in seqs.items():
            for first, last in _runs(sorted(wanted)):
                self._load_seats(session, incarnation, first, last)

    def _load_seats(self, session: Session, incarnation: str, first: int, last: int) -> None:
        place = {"terminal": self._work.terminal.id, "incarnation": incarnation, "first": first, "last": last}
        for seq, stored in session.execute(_STORED, place):
            self._hashes[incarnation, seq].add(stored)
        for seq, stored, code in session.execute(_ASIDE, place):
            if code == "fork":
                self._forks[incarnation, seq].add(stored)
            else:
                self._hashes[incarnation, seq].add(stored)

    def _envelope(self, received: Received) -> dict[str, Any]:
        fact = received.fact
        return {
            "terminal": fact.terminal, "incarnation": fact.incarnation, "seq": fact.seq, "kind": fact.kind,
            "kind_version": fact.kind_version, "body": received.body, "hash": fact.hash, "received_ms": self._now_ms,
        }  # fmt: skip


def _runs(seqs: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run without a gap; a batch is one."""
    first = last = seqs[0]
    for seq in seqs[1:]:
        if seq != last + 1:
            yield first, last
            first = seq
        last = seq
    yield first, last


def _next_hash(chain: Chain, received: Received) -> str:
    """The hash (hex) that the fact must have to follow; empty where that cannot be known."""
    if not chain.head and chain.received_seq:
        return ""
    fact = received.fact
    return _hash(_bytes(chain.head) if chain.head else chain_start(fact.terminal, fact.incarnation), received)


def _hash(previous: bytes, received: Received) -> str:
    fact = received.fact
    return chain_hash(
        previous, fact.terminal, fact.incarnation, fact.seq, fact.id, fact.kind, fact.kind_version, received.body
    ).hex()


def _bytes(head: str) -> bytes:
    """A hash that was bad may be anything; whatever comes after it is bad then, too."""
    try:
        return bytes.fromhex(head)
    except ValueError:
        return head.encode()
