"""The journal: the only place where a fact is made (protocol.md, identity and order).

Also who this till is, since a fact's seq and hash are counted in the same row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from posclient.db.connection import Connection, snapshot
from posclient.db.instants import to_ms
from posclient.db.row_values import fields
from posclient.domain.facts import Fact, chain_hash, chain_start, make_fact
from posclient.errors import DataError

if TYPE_CHECKING:
    from posclient.db.rows import Rows


@dataclass(frozen=True, slots=True)
class Side:
    """Personal data of a fact, as ``sealing.seal`` made it; ``id`` is a UUIDv7."""

    id: str
    salt: bytes
    sealed: bytes
    own: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact and its ``number`` in this file, which the rows that it brought carry as ``fact``."""

    number: int
    fact: Fact


@dataclass(frozen=True, slots=True)
class Seat:
    """The place of the fact that is made next: its number in this file, and what it follows in its chain."""

    number: int
    terminal: str
    incarnation: str
    seq: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first fact that is not as it was made.

    ``why``: altered (the fact or its hash), missing (it is not there: ``number`` 0, ``id`` empty), out_of_place
    (inserted or moved), body_missing (emptied, though HQ's backup does not cover it).
    """

    number: int
    incarnation: str
    seq: int
    id: str
    why: str


def append(
    con: Connection,
    *,
    fact_id: str,
    kind: str,
    content: Mapping[str, Any],
    at: datetime,
    amount: int = 0,
    sides: Sequence[Side] = (),
) -> Entry:
    """Make the next fact and its outbox row inside the caller's ``transaction``.

    ``content`` is the body (``posclient.domain.facts``), ``amount`` the fen that are unsent with it. Error:
    ``not_enrolled``.
    """
    from posclient.db import rows
    from posclient.db import till_tables as tables

    if not con.in_transaction:
        raise RuntimeError("a fact is made inside a transaction")
    seat = next_seat(con)
    fact = make_fact(seat.previous, seat.terminal, seat.incarnation, seat.seq, fact_id, kind, content)
    rows.write(con, rows_of(seat, fact, at, amount))
    for side in sides:
        row = {"id": side.id, "fact": seat.number, "salt": side.salt, "sealed": side.sealed, "own": side.own}
        rows.add(con, tables.SideRecordRow, row)
    con.execute("UPDATE terminal SET next_seq = ?, last_hash = ?", (seat.seq + 1, fact.hash))
    return Entry(seat.number, fact)


def next_seat(con: Connection) -> Seat:
    """Where the next fact goes. Error: ``not_enrolled``."""
    found = con.execute(
        "SELECT (SELECT coalesce(max(number), 0) + 1 FROM fact), terminal, incarnation, next_seq, last_hash"
        " FROM terminal"
    ).fetchone()
    if found is None:
        raise DataError("not_enrolled")
    return Seat(*found)


def rows_of(seat: Seat, fact: Fact, at: datetime, amount: int) -> list[Rows]:
    """``fact`` and its outbox row, as they are written."""
    from posclient.db import till_tables as tables
    from posclient.db.rows import ready

    return [
        ready(tables.FactRow, {"number": seat.number, **fields(fact), "at_ms": to_ms(at)}),
        ready(tables.OutboxRow, {"number": seat.number, "amount": amount}),
    ]


def has(con: Connection, fact_id: str) -> bool:
    """Was this fact made already?"""
    return con.execute("SELECT 1 FROM fact WHERE id = ?", (fact_id,)).fetchone() is not None


def verify_chain(con: Connection) -> BrokenLink | None:
    """Work every hash out again (S-24); the first fact that is not as it was made, or None.

    Reads one state of the file, beside a till that sells. A body that went after 30 days in HQ's backup
    (``retention``) cannot be hashed again: there the stored hash stands for it.
    """
    with snapshot(con):
        end = con.execute("SELECT incarnation, next_seq, last_hash, durable_seq FROM terminal").fetchone()
        walk = _Walk(end)
        for row in con.execute(_WALKED):
            if broken := walk.step(*row):
                return broken
        return walk.end()


_WALKED = (
    "SELECT number, terminal, incarnation, seq, id, kind, kind_version, body, hash, outbox.number IS NULL"
    " FROM fact LEFT JOIN outbox USING (number) ORDER BY number"
)


class _Walk:
    """Along the facts of a file, chain after chain."""

    def __init__(self, end: tuple[str, int, bytes, int] | None) -> None:
        self._end = end
        self._incarnation, self._seq, self._hash = "", 0, b""
        self._kept = False

    def step(self, number: int, terminal: str, incarnation: str, *rest: Any) -> BrokenLink | None:
        """The next fact: what is wrong with it or right before it."""
        seq, fact_id, kind, version, body, digest, dropped = rest
        if incarnation != self._incarnation:
            self._incarnation, self._seq, self._hash = incarnation, 0, chain_start(terminal, incarnation)
            self._kept = False
        if seq > self._seq + 1:
            return BrokenLink(0, incarnation, self._seq + 1, "", "missing")
        right = chain_hash(self._hash, terminal, incarnation, seq, fact_id, kind, version, body)
        why = ""
        if seq <= self._seq:
            why = "out_of_place"
        elif not body and dropped:
            why = "" if self._may_be_gone(seq) else "body_missing"
        elif digest != right:
            why = "altered"
        if why:
            return BrokenLink(number, incarnation, seq, fact_id, why)
        self._seq, self._hash, self._kept = seq, digest, bool(body)
        return None

    def _may_be_gone(self, seq: int) -> bool:
        """Bodies go from the start of a chain on; of an earlier enrolment's chain we do not know how far."""
        if self._kept or self._end is None:
            return False
        return self._incarnation != self._end[0] or seq <= self._end[3]

    def end(self) -> BrokenLink | None:
        """After the last fact: is it the last that was made?"""
        if self._end is None:
            return None
        incarnation, next_seq, last_hash, _ = self._end
        made = self._seq if self._incarnation == incarnation else 0
        if made + 1 < next_seq:
            return BrokenLink(0, incarnation, made + 1, "", "missing")
        if made + 1 > next_seq or (made and self._hash != last_hash):
            return BrokenLink(0, incarnation, made, "", "out_of_place")
        return None
