"""A page of till.db goes bad on which a fact lies that HQ does not have yet, or has had for a minute."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from posclient.db import outbox, terminal
from posclient.db.connection import TILL_FILE
from sync.hq.fact_tables import FactRow
from tests.sync.tills import Chain, TillFolder, stored


@pytest.mark.parametrize("bad", [0, 1, 5, 29])
def test_what_is_before_it_is_at_hq_all_the_same(chain: Chain, till: TillFolder, bad: int) -> None:
    """T-6: one bad page held back all that was read together with it, up to 500 facts."""
    make(till, range(30))
    spoil(till, bad)
    assert len(outbox.waiting(till.con, 50)) <= bad
    ended = till.cycle()
    assert ended.error is not None
    assert (ended.error.code, ended.unsent) == ("corrupt", 30 - bad)
    assert len(stored(chain, FactRow)) == bad


@pytest.mark.parametrize("bad", [0, 12, 28])
def test_what_comes_after_one_that_hq_has_goes_on(chain: Chain, till: TillFolder, bad: int) -> None:
    """T-6: facts are packed by those before them, as far as they can be read."""
    make(till, range(30))
    assert till.cycle().error is None
    spoil(till, bad)
    make(till, range(30, 33))
    first, bodies = outbox.bodies_before(till.con, terminal.read(till.con).incarnation, 31, 30, 10**6)
    assert first > bad + 1
    assert first + len(bodies) == 31
    ended = till.cycle()
    assert (ended.error, ended.unsent) == (None, 0)
    assert len(stored(chain, FactRow)) == 33


def make(till: TillFolder, numbers: range) -> None:
    """Facts that have a page each."""
    for number in numbers:
        till.note(f"number {number}." + "x" * 3000)


def spoil(till: TillFolder, number: int) -> None:
    """The page with this fact comes back from the disk as zeros."""
    till.close()
    path = till.folder / TILL_FILE
    with closing(sqlite3.connect(path)) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (size,) = con.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    place = content.index(f"number {number}.".encode()) // size * size
    content[place : place + size] = bytes(size)
    path.write_bytes(content)
    till.restart()
