"""A connection that is open for weeks keeps nothing of the statements it has run."""

from __future__ import annotations

import gc
import weakref
from contextlib import closing
from pathlib import Path

from posclient.db.connection import connect

#: sqlite3 looks through what it knows of cursors once in so many.
NOW_AND_THEN = 200


def weak_references() -> int:
    gc.collect()
    return sum(type(one) is weakref.ref for one in gc.get_objects())


def test_statements_leave_nothing_behind(tmp_path: Path) -> None:
    """The strip alone asks every five seconds: a till that runs for a month would keep millions of them."""
    with closing(connect(tmp_path / "a.db")) as con:
        con.execute("CREATE TABLE t (n)")
        before = weak_references()
        for number in range(5_000):
            con.execute("SELECT ?", (number,)).fetchone()
        con.executemany("INSERT INTO t VALUES (?)", [(1,)])
        assert weak_references() - before <= 2 * NOW_AND_THEN
