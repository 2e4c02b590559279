"""What is asked often costs no more after years of sales: counted in steps of SQLite, not in time (T-61)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from posclient.db import outcomes, retention
from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache, prepare
from tests.db.shop import NOW, commit, enrolled, sale

FEW, MANY = 20, 400


def steps(con: Connection, act: Callable[[], object]) -> int:
    """How many steps of SQLite's machine ``act`` takes."""
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1

    con.set_progress_handler(step, 1)
    act()
    con.set_progress_handler(None, 1)
    return taken


def sell(con: Connection, first: int, last: int) -> None:
    for number in range(first, last):
        commit(con, sale(f"sale-{number}", 7 + number, lines=1))
    con.execute("UPDATE outbox SET acked_ms = 1, outcome = 'applied' WHERE acked_ms IS NULL")


@pytest.fixture
def con(tmp_path: Path) -> Connection:
    made = enrolled(tmp_path)
    sell(made, 0, FEW)
    return made


def test_what_hq_decided_is_told_as_quickly_after_years(tmp_path: Path, con: Connection) -> None:
    """The strip, the readiness page, and each question to HQ ask for it."""
    con.execute(
        "UPDATE outbox SET outcome = 'applied_with_exception', code = 'coupon_used'"
        " WHERE number IN (SELECT number FROM fact WHERE seq <= 10)"
    )
    prepare(tmp_path)
    with closing(LiveCache(tmp_path)) as cache:
        before = steps(con, lambda: outcomes.unseen(cache, con, 50))
        sell(con, FEW, MANY)
        after = steps(con, lambda: outcomes.unseen(cache, con, 50))
        (first,) = [one for one in outcomes.unseen(cache, con, 50) if one.fact == "sale-0"]
    assert (first.receipt, first.kind) == ("S001-1-20261122-000007", "SaleCompleted")
    assert after < before * 2


def test_an_old_fact_is_let_go_as_quickly_after_years(con: Connection) -> None:
    """A sale waits for each step of it, and all that went before was looked through once more."""
    now, durable = NOW + timedelta(days=31), FEW
    con.execute("UPDATE terminal SET received_seq = ?1, durable_seq = ?1", (durable,))
    con.execute("UPDATE fact SET at_ms = at_ms + 86400000 WHERE seq > 10")
    before = steps(con, lambda: retention.forget_old(con, now, durable))
    assert con.execute("SELECT count(*) FROM fact WHERE body = x''").fetchone() == (10,)

    sell(con, FEW, MANY)
    con.execute("UPDATE terminal SET received_seq = ?1, durable_seq = ?1", (MANY,))
    retention.forget_old(con, now + timedelta(days=1), MANY - 10)
    last = steps(con, lambda: retention.forget_old(con, now + timedelta(days=1), MANY))
    assert con.execute("SELECT count(*) FROM fact WHERE body = x''").fetchone() == (MANY,)
    assert last < before * 2
    assert steps(con, lambda: retention.has_old(con, now)) < before
