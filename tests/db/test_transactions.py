import os
import resource
import signal
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from posclient.db import connection, sales
from posclient.db.connection import TILL_FILE, connect, snapshot, transaction
from posclient.db.till_file import open_till
from posclient.errors import DataError
from tests.db.shop import commit, enrolled, sale, write


def in_child(work: Callable[[], None], *, expect: int) -> None:
    """Run ``work`` in a forked process; ``expect`` is its exit status, below zero the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == expect


def test_the_end_of_the_block_commits(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    commit(con, sale())
    assert not con.in_transaction
    con.close()
    assert sales.last_id(open_till(tmp_path)) == "sale-1"


def test_any_exception_rolls_back_all(tmp_path: Path) -> None:
    con = enrolled(tmp_path)

    def interrupted() -> None:
        with transaction(con):
            write(con, sale())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert sales.last_id(con) is None
    assert con.execute("SELECT next_seq, next_receipt_seq FROM terminal").fetchone() == (1, 7)


def test_a_commit_is_durable_by_its_pragmas(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    found = [con.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert found == ["wal", 2, 1]


def test_a_full_disk_refuses_the_sale_and_writes_nothing_of_it(tmp_path: Path) -> None:
    """T-5: storage is full: a clear code, and never half a sale."""
    con = enrolled(tmp_path)
    pages = con.execute("PRAGMA page_count").fetchone()[0]
    con.execute(f"PRAGMA max_page_count = {pages}")
    big = [sale(f"sale-{number}", number, lines=40) for number in range(50)]
    with pytest.raises(DataError) as caught:
        list(map(partial(commit, con), big))
    assert caught.value.code == "disk_full"
    assert not con.in_transaction
    whole = con.execute(
        "SELECT count(*), (SELECT count(*) FROM fact), (SELECT count(*) FROM outbox) FROM sale"
    ).fetchone()
    assert len(set(whole)) == 1
    con.execute("PRAGMA max_page_count = 100000")
    commit(con, sale("after", 99))


def test_several_that_open_the_log_at_once_are_told_that_it_is_busy() -> None:
    """T-6: it was a bug of ours, with a traceback, where the next look succeeds."""
    error = sqlite3.OperationalError("locking protocol")
    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_PROTOCOL, "SQLITE_PROTOCOL"
    said = connection.data_error(error)
    assert isinstance(said, DataError)
    assert (said.code, said.params["sqlite"]) == ("database_busy", "SQLITE_PROTOCOL")


def test_a_disk_that_refuses_a_write_is_named(tmp_path: Path) -> None:
    """T-6: a write of the operating system fails in the middle of a sale."""
    enrolled(tmp_path).close()

    def work() -> None:
        con = open_till(tmp_path)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = (tmp_path / f"{TILL_FILE}-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, size + 20_000))
        try:
            commit(con, sale(lines=400))
        except DataError as error:
            os._exit(0 if error.code in ("io_error", "disk_full") and not con.in_transaction else 1)

    in_child(work, expect=0)
    con = open_till(tmp_path)
    assert sales.last_id(con) is None
    assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.kill
def test_killed_at_every_statement_the_sale_is_there_once_or_not_at_all(tmp_path: Path) -> None:
    """T-1: kill -9 at each statement of a sale; its receipt number is never used for another one."""
    enrolled(tmp_path).close()
    statement, killed = 0, True
    while killed:
        statement += 1
        killed = _killed_at(tmp_path, statement)
        con = open_till(tmp_path)
        found = [row[0] for row in con.execute("SELECT seq FROM sale ORDER BY number")]
        facts = [row[0] for row in con.execute("SELECT seq FROM fact ORDER BY number")]
        assert len(facts) == len(found) == con.execute("SELECT count(*) FROM outbox").fetchone()[0]
        assert facts == list(range(1, len(facts) + 1))
        assert con.execute("SELECT next_receipt_seq FROM terminal").fetchone() == (7 + len(found),)
        assert found == list(range(7, 7 + len(found)))
        con.close()
    assert statement > 20
    assert found == [7]  # committed by the one run that was not killed


def _killed_at(folder: Path, statement: int) -> bool:
    """Ring up one sale in a child that kills itself before its ``statement``-th statement; False if it got through."""

    def work() -> None:
        con = open_till(folder)
        left = statement

        def traced(_sql: str) -> None:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

        con.set_trace_callback(traced)
        commit(con, sale())
        os._exit(0)

    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return status != 0


def test_a_writer_that_holds_on_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = enrolled(tmp_path)
    monkeypatch.setattr(connection, "BUSY_MS", 10)
    second = connect(tmp_path / TILL_FILE)
    with transaction(first), pytest.raises(DataError) as caught, transaction(second):
        pass
    assert caught.value.code == "database_busy"


def test_readers_go_on_while_somebody_writes(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    reader = open_till(tmp_path, read_only=True)
    with snapshot(reader):
        before = sales.recent(reader, 5)
        commit(con, sale())
        assert sales.recent(reader, 5) == before == []
    assert len(sales.recent(reader, 5)) == 1


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    enrolled(tmp_path).close()
    reader = open_till(tmp_path, read_only=True)
    with pytest.raises(DataError) as caught:
        reader.execute("DELETE FROM terminal")
    assert caught.value.code == "read_only"


@pytest.mark.parametrize(
    "content", [b"this is a text file, and not a short one" * 40, b"SQLite format 3\x00" + b"x" * 4096]
)
def test_a_file_that_is_something_else(tmp_path: Path, content: bytes) -> None:
    (tmp_path / TILL_FILE).write_bytes(content)
    with pytest.raises(DataError) as caught:
        open_till(tmp_path)
    assert caught.value.code in ("not_database", "corrupt")


def test_damage_is_named_when_it_is_read(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    for number in range(60):
        commit(con, sale(f"sale-{number}", number))
    con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    root = con.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'sale'").fetchone()[0]
    con.close()
    with (tmp_path / TILL_FILE).open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    damaged = open_till(tmp_path)
    with pytest.raises(DataError) as caught:
        sales.recent(damaged, 100)
    assert caught.value.code == "corrupt"


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        connect(tmp_path / "nowhere" / TILL_FILE)
    assert caught.value.code == "cannot_open"
    with pytest.raises(DataError) as caught:
        open_till(tmp_path, read_only=True)
    assert caught.value.code == "no_till"


def test_our_own_mistakes_are_not_the_worlds(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    with pytest.raises(sqlite3.OperationalError):
        con.execute("SELECT * FROM nothing")
    with pytest.raises(sqlite3.IntegrityError), transaction(con):
        con.execute("INSERT INTO outbox (number, amount) VALUES (99, 0)")  # no such fact
