"""The journal: the only place where a fact is made (protocol.md, identity and order).

Also who this till is, since a fact's seq and hash are counted in the same row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from posclient.db.connection import Connection
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
    """The first fact that does not follow from the one before it."""

    number: int
    incarnation: str
    seq: int
    id: str


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
    """Work every hash out again; the first fact that is altered, missing or out of place, or None."""
    previous, incarnation, expected = b"", "", 1
    for number, terminal, its_incarnation, seq, fact_id, kind, version, body, digest in con.execute(
        "SELECT number, terminal, incarnation, seq, id, kind, kind_version, body, hash FROM fact ORDER BY number"
    ):
        if its_incarnation != incarnation:
            previous, incarnation, expected = chain_start(terminal, its_incarnation), its_incarnation, 1
        right = chain_hash(previous, terminal, its_incarnation, seq, fact_id, kind, version, body)
        if seq != expected or digest != right:
            return BrokenLink(number, its_incarnation, seq, fact_id)
        previous, expected = digest, seq + 1
    return None
