"""A till lets go of what HQ's backup has for 30 days, of its own old copies, and of nothing else (S-12)."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from posclient.db import outbox, retention
from posclient.db.connection import TILL_FILE, Connection, connect
from posclient.db.journal import verify_chain
from posclient.db.migrations import backup
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


def forget(con: Connection, now: datetime = LATER, signed: int = 5) -> int:
    return retention.forget_old(con, now, signed)


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


def test_a_sale_gets_in_between_two_steps(con: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-6: after a long time it may be hundreds of them, and a counter waits."""
    monkeypatch.setattr(retention, "_AT_ONCE", 1)
    pauses: list[float] = []

    def paused(seconds: float) -> None:
        pauses.append(seconds)
        with closing(connect(tmp_path / TILL_FILE)) as counter:
            counter.execute("PRAGMA busy_timeout = 0")
            commit(counter, sale(f"later-{len(pauses)}", 20 + len(pauses)))

    monkeypatch.setattr(retention, "sleep", paused)
    assert forget(con) == 4
    assert len(pauses) == 4
    assert min(pauses) > 0.1  # who waits for SQLite's lock looks again after that


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
        ("UPDATE fact SET at_ms = at_ms + 172800000 WHERE seq >= 3", [3, 4, 5]),
        ("UPDATE outbox SET acked_ms = (SELECT max(at_ms) FROM fact) + 172800000 WHERE number >= 3", [3, 4, 5]),
        ("UPDATE terminal SET incarnation = 'inc-2', next_seq = 1", [1, 2, 3, 4, 5]),
    ],
)
def test_what_must_stay_stays(con: Connection, change: str, expected: list[int]) -> None:
    """Not covered, not acknowledged, younger than 30 days, or of an earlier enrolment; and all behind it."""
    con.execute(change)
    forget(con)
    assert kept(con) == expected


@pytest.mark.parametrize("change", ["UPDATE fact SET at_ms", "UPDATE outbox SET acked_ms"])
def test_a_clock_that_ran_ahead_for_a_day_keeps_nothing_for_ever(con: Connection, change: str) -> None:
    """Its fact stayed until that date, and all behind it. HQ took it before the next one, whose date is right."""
    con.execute(f"{change} = 4102444800000 WHERE number = 2")  # in the year 2100
    assert retention.has_old(con, LATER)
    assert (forget(con), kept(con)) == (4, [5])


def test_the_last_one_of_a_clock_that_ran_ahead_stays(con: Connection) -> None:
    """Nobody knows how long HQ has had it."""
    con.execute("UPDATE fact SET at_ms = 4102444800000 WHERE seq >= 4")
    assert (forget(con), kept(con)) == (3, [4, 5])


def test_nothing_goes_before_thirty_days(con: Connection) -> None:
    early = NOW + timedelta(days=29)
    assert (forget(con, early), retention.has_old(con, early), retention.has_old(con, LATER)) == (0, False, True)


def test_nothing_goes_that_hq_has_not_signed(con: Connection) -> None:
    """S-12: what was kept as its word may be another's."""
    assert (forget(con, signed=2), kept(con)) == (2, [3, 4, 5])


def test_what_is_gone_is_not_sent_again(con: Connection) -> None:
    """S-12: HQ asks for everything: what is here is sent, from the first fact that was kept."""
    forget(con)
    assert outbox.replay_from(con, 1) == 1
    assert [one.fact.seq for one in outbox.pending(con, 10, 10**6)] == [5]


@pytest.fixture
def copies(con: Connection, tmp_path: Path) -> Path:
    """Copies of two migrations, of NOW and of ten days later, and something of somebody else's."""
    folder = tmp_path / "backup"
    for stem, at in (("till-v3", NOW), ("till-v4", NOW + timedelta(days=10))):
        path = backup(con, folder, stem)
        os.utime(path, (at.timestamp(), at.timestamp()))
    (folder / "mine.db").touch()
    os.utime(folder / "mine.db", (0, 0))
    return folder


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_copy_from_before_a_migration_goes_after_thirty_days(con: Connection, copies: Path) -> None:
    """S-20: what was sealed, or erased by HQ, since then is plain in it."""
    assert retention.forget_backups(con, copies, NOW + timedelta(days=30)) == 0
    assert retention.forget_backups(con, copies, LATER) == 1
    assert left(copies) == {"till-v4.db", "mine.db"}
    aside, live = copies.parent / "cache.v6.db", copies.parent / "cache-6.db"
    for path in (aside, live):
        path.touch()
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert retention.forget_backups(con, copies, LATER) == 1
    assert (aside.exists(), live.exists()) == (False, True)
    assert retention.forget_backups(con, copies, LATER + timedelta(days=10)) == 1
    assert left(copies) == {"mine.db"}


def test_without_a_whole_file_its_copies_stay(con: Connection, copies: Path, tmp_path: Path) -> None:
    """T-6: somebody may need them."""
    con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    root = con.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'fact'").fetchone()[0]
    con.close()
    with (tmp_path / TILL_FILE).open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(bytes(4096))
    with closing(connect(tmp_path / TILL_FILE)) as damaged:
        assert retention.forget_backups(damaged, copies, LATER) == 0
    assert "till-v3.db" in left(copies)


def test_there_may_be_no_copies(con: Connection, tmp_path: Path) -> None:
    assert retention.forget_backups(con, tmp_path / "backup", LATER) == 0
