"""Somebody else holds a lock: HQ says when to come again, keeps answering others, and goes on by itself."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlmodel import select

from posclient.errors import DataError, LinkError
from sync.hq import database as databases
from sync.hq.database import Database, connect_database, open_database
from sync.hq.imports.importing import import_folder
from sync.hq.server import Server
from sync.hq.service import Hq
from sync.hq.tables import TillHealth
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.hq.till_at_hq import TillAtHq

#: A block in which a person's open transaction holds up whoever wants to push.
HeldUp = Callable[[], AbstractContextManager[None]]
WAIT_S = 0.3


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/hq.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def server(url: str) -> Iterator[HqServer]:
    database = open_database(url, wait_s=WAIT_S)
    hq = Hq(database)
    running = Server(hq)
    running.start()
    yield HqServer(running.url, hq, database, running)
    running.stop()
    database.close()


@pytest.fixture
def held_up(url: str) -> HeldUp:
    @contextmanager
    def block() -> Iterator[None]:
        if url.startswith("sqlite"):
            person = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            person.execute("BEGIN IMMEDIATE")
            yield
            person.close()
            return
        with psycopg.connect(url) as con:
            con.execute("LOCK TABLE feed, terminal, store IN EXCLUSIVE MODE")
            yield
            con.rollback()

    return block


def test_a_push_is_told_to_come_again_and_others_are_answered(
    server: HqServer, held_up: HeldUp, caplog: pytest.LogCaptureFixture
) -> None:
    """T-18: an administrator left a transaction open in psql. He is told of it, and so is the till."""
    held, other = TillAtHq(server.url, server.code()), TillAtHq(server.url, server.code())
    held.api.feeds()  # its session is open
    other.api.feeds()
    sale = held.sale()
    said: list[LinkError] = []

    def push() -> None:
        try:
            held.push(sale)
        except LinkError as error:
            said.append(error)

    with held_up():
        began = time.monotonic()
        pushing = threading.Thread(target=push)
        pushing.start()
        assert other.api.feeds().feeds
        pushing.join()
        assert time.monotonic() - began < 3
    assert [(one.code, one.params["seconds"]) for one in said] == [("retry_after", 5)]
    assert "database_unusable" in caplog.text
    caplog.clear()
    assert held.codes(sale) == [("applied", None)]
    held.close()
    other.close()


def test_no_till_is_sent_away_for_what_it_says_of_its_health(server: HqServer, held_up: HeldUp) -> None:
    """It only reads; what it says is kept as soon as something can be written again."""
    till, said = TillAtHq(server.url, server.code()), ["1"]
    line = HttpHq(server.url, till.signer, health=lambda: f'{{"program":"{said[-1]}"}}')
    line.feeds()
    said.append("2")
    with held_up():
        assert line.feeds().feeds
    line.feeds()
    with server.database.read() as session:
        assert session.exec(select(TillHealth.program)).all() == ["2"]
    line.close()
    till.close()


def test_who_waits_behind_whoever_waits_is_told_too(url: str, held_up: HeldUp) -> None:
    """Threads of one HQ stand in line for a lock that one of them waits for. Once that was in vain one goes on trying,
    and the others are told at once: a chain's tills would take all threads, and nobody could read any more.
    """
    database = open_database(url, wait_s=1)
    hq = Hq(database)
    hq.enrolment_code("S001")
    with held_up():
        assert max(waits(hq, 6)) < 3
        *told, tried = sorted(waits(hq, 6))
        assert max(told) < 0.6 < tried < 3
    assert hq.enrolment_code("S001", 1)[0] == "S001-1"
    with held_up():
        assert min(waits(hq, 2)) > 0.6  # all was well in between
    database.close()


def waits(hq: Hq, count: int) -> list[float]:
    """Seconds after which each of so many who write at once is told that it cannot be."""
    said: list[float] = []

    def write() -> None:
        began = time.monotonic()
        with pytest.raises(DataError, match="database_unusable"):
            hq.enrolment_code("S001", 1)
        said.append(time.monotonic() - began)

    threads = [threading.Thread(target=write) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == count
    return said


def test_an_import_waits_longer_than_a_till(url: str, held_up: HeldUp, tmp_path: Path) -> None:
    """Nobody waits for its answer, and begun anew it would wait again."""
    database = open_database(url, wait_s=WAIT_S)
    Hq(database).enrolment_code("S001")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "stores.csv").write_text("id,name\nS001,One\n")
    bad: list[object] = []
    importing = threading.Thread(target=import_folder, args=(database, tmp_path / "files", False, bad.append))
    with held_up():
        importing.start()
        time.sleep(4 * WAIT_S)
        assert importing.is_alive()
    importing.join(10)
    assert (importing.is_alive(), bad) == (False, [])
    database.close()


def test_a_transaction_whose_hq_is_gone_ends_by_itself(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-1: its machine lost power in the middle of a push; the server would keep its locks for hours."""
    other = open_database(postgres_url, wait_s=5)
    monkeypatch.setattr(databases, "_IDLE_MS", 500)
    gone = connect_database(postgres_url)
    worked = []
    with suppress(DataError), gone.write(shared=True):
        worked.append(works(other))
    assert (worked, works(gone)) == ([True], True)
    gone.close()
    other.close()


def works(database: Database) -> bool:
    with database.write(shared=True) as session:
        return bool(session.execute(text("SELECT 1")).scalar_one())


def test_what_the_address_says_of_the_line_counts(postgres_url: str) -> None:
    """Another patience for a line over a satellite."""
    asked = make_url(postgres_url).update_query_dict({"keepalives_idle": "77"}).render_as_string(hide_password=False)
    database = open_database(asked)
    with database.read() as session:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        told = raw.info.get_parameters()
    assert (told["keepalives_idle"], told["tcp_user_timeout"]) == ("77", "25000")
    database.close()


def test_a_full_disk_is_told_and_nothing_is_acknowledged(
    server: HqServer, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """T-6: HQ's disk is full; it takes up by itself, and what it said it has it has."""
    till = TillAtHq(server.url, server.code())
    first, second = till.sale(), [till.sale() for _ in range(50)]
    assert till.codes(first) == [("applied", None)]
    with full_disk(server.database, url), pytest.raises(LinkError) as caught:
        till.push(*second)
    assert (caught.value.code, caught.value.params["seconds"]) == ("retry_after", 5)
    assert [one.levelno for one in caplog.records if one.name == "sync.hq.app"] == [logging.ERROR]
    caplog.clear()
    assert till.api.feeds().received_seq == 1
    assert till.codes(first, *second) == [("duplicate", None), *[("applied", None)] * 50]
    till.close()


@contextmanager
def full_disk(database: Database, url: str) -> Iterator[None]:
    """SQLite may not make its file longer; PostgreSQL's own error, wherever its disk is not ours to fill."""
    if url.startswith("sqlite"):
        with database.read() as session:
            most = session.execute(text("PRAGMA page_count")).scalar_one()
        event.listen(database._engine, "begin", lambda con: con.exec_driver_sql(f"PRAGMA max_page_count={most}"))
        yield
        most = 2**30
        return
    full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE disk_full; END $$"
    trigger = "CREATE TRIGGER full_disk BEFORE INSERT ON payment EXECUTE FUNCTION full_disk()"
    with psycopg.connect(url, autocommit=True) as con:
        con.execute(full)
        con.execute(trigger)
        yield
        con.execute("DROP FUNCTION full_disk CASCADE")
