"""A till lets go of what HQ's backup has for 30 days, and of nothing else (S-12)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from posclient.db import outbox, retention
from posclient.db.connection import Connection
from posclient.db.journal import verify_chain
from tests.db.shop import NOW, commit, enrolled, sale

LATER = NOW + timedelta(days=31)


@pytest.fixture
def con(tmp_path: Path) -> Connection:
    """Five sales, all acknowledged; HQ's backup covers four of them."""
    made = enrolled(tmp_path)
    for number in range(5):
        commit(made, sale(f"sale-{number}", 7 + number))
    made.execute("UPDATE outbox SET acked_ms = 1, outcome = 'applied'")
    made.execute("UPDATE terminal SET received_seq = 5, durable_seq = 4")
    return made


def kept(con: Connection) -> list[int]:
    return [row[0] for row in con.execute("SELECT seq FROM fact WHERE body != x'' ORDER BY seq")]


def forget(con: Connection, now: datetime = LATER) -> int:
    return retention.forget_old(con, now)


def test_old_durable_facts_go_and_the_chain_still_verifies(con: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 3)
    assert forget(con) == 4
    assert (kept(con), forget(con)) == ([5], 0)
    assert con.execute("SELECT count(*) FROM outbox").fetchone() == (1,)
    assert con.execute("SELECT count(*) FROM side_record").fetchone() == (0,)
    assert con.execute("SELECT count(*) FROM sale").fetchone() == (5,)
    assert verify_chain(con) is None
    commit(con, sale("sale-9", 20))
    assert verify_chain(con) is None
    con.execute("UPDATE fact SET body = x'7b7d' WHERE seq = 5")
    assert getattr(verify_chain(con), "seq", None) == 5


def test_a_hash_before_the_first_kept_fact_is_checked(con: Connection) -> None:
    """S-24: whoever alters what is left of a dropped fact breaks the first one that stays."""
    forget(con)
    con.execute("UPDATE fact SET hash = x'00' WHERE seq = 4")
    assert getattr(verify_chain(con), "seq", None) == 5


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE terminal SET durable_seq = 0", [1, 2, 3, 4, 5]),
        ("UPDATE terminal SET durable_seq = 2", [3, 4, 5]),
        ("UPDATE outbox SET acked_ms = NULL WHERE number = 2", [2, 3, 4, 5]),
        ("UPDATE fact SET at_ms = at_ms + 172800000 WHERE seq = 3", [3, 4, 5]),
        ("UPDATE terminal SET incarnation = 'inc-2', next_seq = 1", [1, 2, 3, 4, 5]),
    ],
)
def test_what_must_stay_stays(con: Connection, change: str, expected: list[int]) -> None:
    """Not covered, not acknowledged, younger than 30 days, or of an earlier enrolment; and all behind it."""
    con.execute(change)
    forget(con)
    assert kept(con) == expected


def test_nothing_goes_before_thirty_days(con: Connection) -> None:
    assert forget(con, NOW + timedelta(days=29)) == 0


def test_what_is_gone_is_not_sent_again(con: Connection) -> None:
    """S-12: HQ asks for everything: what is here is sent, from the first fact that was kept."""
    forget(con)
    assert outbox.replay_from(con, 1) == 1
    assert [one.fact.seq for one in outbox.pending(con, 10, 10**6)] == [5]
