"""Two say the same of one row at the same moment, to a server that lets both begin."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlmodel import Session, col, select

from sync.hq.console.waiting import Losses
from sync.hq.console_tables import ConsoleAct, Handled
from sync.hq.database import open_database
from sync.hq.handling import settle
from sync.hq.service import Hq
from sync.hq.tables import ThroughHub

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def hq(postgres_url: str) -> Iterator[Hq]:
    database = open_database(postgres_url)
    yield Hq(database)
    database.close()


def beside(url: str, hq: Hq, first: Callable[[Session], None], second: Callable[[], None]) -> None:
    """``second`` comes when ``first`` has written its row and not committed it yet."""
    with ThreadPoolExecutor(1) as other, psycopg.connect(url, autocommit=True) as person:
        with hq.database.write(shared=True) as session:
            first(session)
            session.flush()
            later = other.submit(second)
            ends = time.monotonic() + 10
            while not person.execute(_WAITING).fetchone()[0] and time.monotonic() < ends:  # type: ignore[index]
                time.sleep(0.01)
        later.result(10)


def test_two_hubs_bring_batches_of_one_till(hq: Hq, postgres_url: str) -> None:
    """T-18: its facts are here; that both note the way they came is no reason to tell one of them of a bug."""

    def first(session: Session) -> None:
        session.add(ThroughHub(terminal="S001-1", hub="S001-2", at_ms=1))

    beside(postgres_url, hq, first, lambda: hq.hubs.note_through("S001-3", "S001-1"))
    with hq.database.read() as session:
        assert session.exec(select(ThroughHub.terminal)).all() == ["S001-1"]
    hq.hubs.note_through("S001-3", "S001-1")
    with hq.database.read() as session:
        assert session.exec(select(ThroughHub.hub)).all() == ["S001-3"]


def test_two_people_settle_one_thing(hq: Hq, postgres_url: str) -> None:
    """T-14: the later word counts, and the audit has both."""

    def first(session: Session) -> None:
        settle(session, hq.clock, "zhao", "loss", "7", "paid back")

    beside(postgres_url, hq, first, lambda: Losses(hq)._settle("li", "7", "written off"))
    with hq.database.read() as session:
        assert [(one.administrator, one.note) for one in session.exec(select(Handled))] == [("li", "written off")]
        assert session.exec(select(ConsoleAct.administrator).order_by(col(ConsoleAct.number))).all() == ["zhao", "li"]
