"""Facts on their way to HQ: pending until HQ has said what became of each (protocol.md, push)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from posclient.db.connection import DAMAGE, Connection, up_to_damage
from posclient.db.instants import to_ms
from posclient.db.journal import Side
from posclient.db.row_values import json_text
from posclient.db.terminal import FORK, note_trouble
from posclient.domain.facts import Fact
from posclient.errors import DataError

_PENDING = (
    "SELECT number, terminal, incarnation, seq, id, kind, kind_version, body, hash FROM outbox JOIN fact USING (number)"
    " WHERE acked_ms IS NULL AND seq > coalesce((SELECT value FROM json_each(?) WHERE key = incarnation), 0)"
    " ORDER BY number LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class PendingFact:
    """A fact as it goes to HQ, with its personal data."""

    fact: Fact
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is unsent: facts, their fen, and the age of the oldest in seconds."""

    count: int
    amount: int
    oldest_s: float | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An unsent fact as people are told of it; ``amount`` in fen."""

    id: str
    kind: str
    at_ms: int
    amount: int


class Outcome(Protocol):
    """What HQ says became of one fact (``sync.protocol.FactOutcome``)."""

    @property
    def id(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def outcome(self) -> str: ...
    @property
    def code(self) -> str | None: ...


def pending(
    con: Connection, most_facts: int, most_bytes: int, beyond: Mapping[str, int] | None = None
) -> list[PendingFact]:
    """The oldest unacknowledged facts, of one incarnation and without a hole; always at least one if any is pending.

    ``most_bytes`` bounds the sum of bodies and sealed sides. ``beyond``: by incarnation, a seq after which to begin.
    """
    found: list[PendingFact] = []
    size = 0
    for number, fact in _oldest(con, most_facts, beyond or {}):
        sides = _sides(con, number)
        size += len(fact.body) + sum(len(side.sealed) + len(side.salt) for side in sides)
        if found and (size > most_bytes or not _follows(found[-1].fact, fact)):
            break
        found.append(PendingFact(fact, sides))
    return found


def last_made(con: Connection) -> PendingFact | None:
    """The last fact of the present chain, sent or not."""
    found = con.execute(
        "SELECT number, terminal, incarnation, seq, id, kind, kind_version, body, hash FROM fact"
        " WHERE incarnation = (SELECT incarnation FROM terminal) ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return PendingFact(Fact(*found[1:]), _sides(con, found[0])) if found else None


def made_here(con: Connection, outcome: Outcome, fact_hash: str) -> bool:
    """Is the fact of ``outcome`` of the present chain, and the one of that hash (hex; empty: an older HQ)?

    A disk that was put back has others of its id and seq. And of an earlier chain HQ does not say how far it has it: an
    answer from before it was restored would stand for ever.
    """
    sql = "SELECT hash FROM fact JOIN terminal USING (incarnation) WHERE fact.id = ? AND seq = ?"
    found = con.execute(sql, (outcome.id, outcome.seq)).fetchone()
    return found is not None and fact_hash in {"", bytes(found[0]).hex()}


def record(con: Connection, outcomes: Iterable[Outcome], received_seq: int, durable_seq: int, now: datetime) -> None:
    """Keep HQ's answer, in the caller's transaction. A fork, which HQ has proved, is this till's trouble (S-19).

    ``DataError("bad_ack")`` for a fact that was never made here or a seq beyond our last: nothing of such an answer
    is believed (field_failures.md S-12).
    """
    outcomes = list(outcomes)
    incarnations = {_record_one(con, outcome, to_ms(now)) for outcome in outcomes}
    incarnation, next_seq = con.execute("SELECT incarnation, next_seq FROM terminal").fetchone()
    if incarnations - {incarnation}:
        return  # the seqs are those of an earlier incarnation
    if any(outcome.outcome == "quarantined" and outcome.code == FORK for outcome in outcomes):
        note_trouble(con, FORK)
        return  # and these are of another history of this till
    if received_seq >= next_seq:
        raise DataError("bad_ack", received_seq=received_seq, next_seq=next_seq)
    if durable_seq > received_seq:
        raise DataError("bad_ack", received_seq=received_seq, durable_seq=durable_seq)
    con.execute("UPDATE terminal SET received_seq = ?, durable_seq = ?", (received_seq, durable_seq))


def replay_from(con: Connection, seq: int, incarnation: str | None = None) -> int:
    """HQ has lost facts (a restored backup): those from ``seq`` on are pending again; how many.

    Of ``incarnation``; None is the present one.
    """
    changed: int = con.execute(
        "UPDATE outbox SET acked_ms = NULL, outcome = NULL, code = NULL WHERE acked_ms IS NOT NULL AND number IN"
        " (SELECT number FROM fact WHERE seq >= ? AND incarnation = coalesce(?, (SELECT incarnation FROM terminal)))",
        (seq, incarnation),
    ).rowcount
    return changed


def replay_earlier(con: Connection) -> int:
    """HQ was restored: what earlier enrolments of this place sent is pending again, in the caller's transaction.

    How many. HQ says how far it is with the present chain alone; what it has already is a duplicate.
    """
    changed: int = con.execute(
        "UPDATE outbox SET acked_ms = NULL, outcome = NULL, code = NULL WHERE acked_ms IS NOT NULL AND number IN"
        " (SELECT number FROM fact JOIN terminal USING (terminal) WHERE fact.incarnation != terminal.incarnation)"
    ).rowcount
    return changed


def note_place(con: Connection, received_seq: int, durable_seq: int) -> int:
    """Where HQ says that it is with the present chain, in the caller's transaction; how many facts are to go again.

    What HQ had and has no more (it was restored) is pending again. Of one that is further than we are nothing is kept:
    whether that is a fork is asked elsewhere (``sync.forks``).
    """
    had, next_seq = con.execute("SELECT received_seq, next_seq FROM terminal").fetchone()
    if received_seq >= next_seq:
        return 0
    durable_seq = min(durable_seq, received_seq)
    con.execute(
        "UPDATE terminal SET received_seq = ?1, durable_seq = ?2 WHERE received_seq != ?1 OR durable_seq != ?2",
        (received_seq, durable_seq),
    )
    return replay_from(con, received_seq + 1) if received_seq < had else 0


def backlog(con: Connection, now: datetime) -> Backlog:
    """How much is unsent (T-23: it equals the rows); of what age is unknown where the oldest one is damaged."""
    count, amount, oldest = con.execute(
        "SELECT count(*), coalesce(sum(amount), 0), min(number) FROM outbox WHERE acked_ms IS NULL"
    ).fetchone()
    if oldest is None:
        return Backlog(0, 0, None)
    age: float | None = None
    with up_to_damage():
        (at_ms,) = con.execute("SELECT at_ms FROM fact WHERE number = ?", (oldest,)).fetchone()
        age = max(0, to_ms(now) - at_ms) / 1000
    return Backlog(count, amount, age)


def within(con: Connection, beyond: Mapping[str, int]) -> int:
    """How many unacknowledged facts ``pending`` would leave out for ``beyond``."""
    (count,) = con.execute(
        "SELECT count(*) FROM outbox JOIN fact USING (number) WHERE acked_ms IS NULL"
        " AND seq <= (SELECT value FROM json_each(?) WHERE key = incarnation)",
        (json_text(dict(beyond)),),
    ).fetchone()
    return int(count)


def bodies_before(con: Connection, incarnation: str, seq: int, most: int, most_bytes: int) -> tuple[int, list[bytes]]:
    """The facts right before ``seq`` that HQ has acknowledged and not put aside: the first one's seq, and all bodies.

    At most ``most`` of them and ``most_bytes``, without a gap; none where the body of the one before is gone.
    """
    sql = (
        "SELECT seq, body FROM fact JOIN outbox USING (number) WHERE incarnation = ? AND seq < ?"
        " AND acked_ms IS NOT NULL AND outcome != 'quarantined' ORDER BY seq DESC LIMIT ?"
    )
    bodies: list[bytes] = []
    room = most_bytes
    with up_to_damage():
        for at, body in con.execute(sql, (incarnation, seq, most)):
            room -= len(body)
            if at != seq - len(bodies) - 1 or room < 0:
                break
            bodies.append(body)
    return seq - len(bodies), bodies[::-1]


def waiting(con: Connection, most: int) -> list[Waiting]:
    """The oldest unsent facts, in their order, up to one that is damaged."""
    sql = (
        "SELECT id, kind, at_ms, amount FROM outbox JOIN fact USING (number) WHERE acked_ms IS NULL"
        " ORDER BY number LIMIT ?"
    )
    found: list[Waiting] = []
    with up_to_damage():
        for row in con.execute(sql, (most,)):
            found.append(Waiting(*row))  # noqa: PERF401 - what came before the damage counts
    return found


def is_pending(con: Connection, fact_id: str) -> bool:
    """Has HQ not acknowledged this fact yet?"""
    sql = "SELECT 1 FROM fact JOIN outbox USING (number) WHERE id = ? AND acked_ms IS NULL"
    return con.execute(sql, (fact_id,)).fetchone() is not None


def _oldest(con: Connection, most: int, beyond: Mapping[str, int]) -> list[tuple[int, Fact]]:
    """Numbers and facts of the oldest incarnation that has any, by seq: swapped rows hold up nothing (S-24).

    Fewer where one of them lies on a page that is damaged: what is before it is not held up either.
    """
    try:
        waiting = [(row[0], Fact(*row[1:])) for row in con.execute(_PENDING, (json_text(dict(beyond)), most))]
    except DataError as error:
        if error.code not in DAMAGE or most <= 1:
            raise
        return _oldest(con, most // 2, beyond)
    same = [one for one in waiting if one[1].incarnation == waiting[0][1].incarnation]
    return sorted(same, key=lambda one: one[1].seq)


def _follows(last: Fact, fact: Fact) -> bool:
    return fact.incarnation == last.incarnation and fact.seq == last.seq + 1


def _sides(con: Connection, number: int) -> tuple[Side, ...]:
    rows = con.execute("SELECT id, salt, sealed, own FROM side_record WHERE fact = ? ORDER BY id", (number,)).fetchall()
    return tuple(Side(*row) for row in rows)


def _record_one(con: Connection, outcome: Outcome, now_ms: int) -> str:
    """Write one outcome; gives the fact's incarnation."""
    row = con.execute(
        "SELECT number, incarnation FROM fact WHERE id = ? AND seq = ?", (outcome.id, outcome.seq)
    ).fetchone()
    if row is None:
        raise DataError("bad_ack", id=outcome.id, seq=outcome.seq)
    con.execute(
        "UPDATE outbox SET outcome = ?, code = ?, acked_ms = coalesce(acked_ms, ?) WHERE number = ?",
        (outcome.outcome, outcome.code, now_ms, row[0]),
    )
    return str(row[1])
