"""Two say the same of one row at the same moment, to a server that lets both begin."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import psycopg
import pytest
from sqlmodel import Session, col, select

from posclient.errors import LinkError
from sync.hq import sessions
from sync.hq.administration import new_admin_token
from sync.hq.console.waiting import Losses
from sync.hq.console_tables import ConsoleAct, Handled
from sync.hq.database import open_database
from sync.hq.handling import settle
from sync.hq.service import Hq
from sync.hq.tables import ThroughHub
from sync.proofs import open_session
from sync.protocol import EnrolReply
from sync.signing import Signer, new_seed, public_key
from tests.sync.hq.till_at_hq import enrol_request

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def hq(postgres_url: str) -> Iterator[Hq]:
    database = open_database(postgres_url)
    yield Hq(database)
    database.close()


@pytest.fixture
def another(hq: Hq, postgres_url: str) -> Iterator[Hq]:
    """A second process on the same database."""
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


def test_two_hubs_bring_batches_of_one_till(hq: Hq, another: Hq, postgres_url: str) -> None:
    """T-18: its facts are here; that both note the way they came is no reason to tell one of them of a bug."""

    def first(session: Session) -> None:
        session.add(ThroughHub(terminal="S001-1", hub="S001-2", at_ms=1))

    beside(postgres_url, hq, first, lambda: another.hubs.note_through("S001-3", "S001-1"))
    with hq.database.read() as session:
        assert session.exec(select(ThroughHub.terminal)).all() == ["S001-1"]
    hq.hubs.note_through("S001-3", "S001-1")
    with hq.database.read() as session:
        assert session.exec(select(ThroughHub.hub)).all() == ["S001-3"]


def test_no_session_outlives_the_machine_that_opened_it(hq: Hq, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-21: another takes the place in the very moment. A token of the old one would read people's data for minutes."""
    terminal, code = hq.enrolment_code("S001")
    seed = new_seed()
    hq.enrol(enrol_request(code, seed=seed))
    newer = enrol_request(hq.enrolment_code("S001", 1)[1])
    honest, taking = sessions._once, list[Future[EnrolReply]]()

    def late(*args: Any) -> None:
        taking.append(other.submit(hq.enrol, newer))
        wait(taking, 0.5)
        honest(*args)

    monkeypatch.setattr(sessions, "_once", late)
    signer = Signer(hq.id, terminal, seed, public_key(hq._keys.sign_seed))
    with ThreadPoolExecutor(1) as other:
        token = open_session(signer, hq.challenge, hq.open_session)[0].token
        taking[0].result(10)
    with pytest.raises(LinkError, match="unauthorized"):
        hq.terminal(token)


def test_two_people_settle_one_thing(hq: Hq, another: Hq, postgres_url: str) -> None:
    """T-14: the later word counts, and the audit has both."""

    def first(session: Session) -> None:
        settle(session, hq.clock, "zhao", "loss", "7", "paid back")

    beside(postgres_url, hq, first, lambda: Losses(another)._settle("li", "7", "written off"))
    with hq.database.read() as session:
        assert [(one.administrator, one.note) for one in session.exec(select(Handled))] == [("li", "written off")]
        assert session.exec(
            select(ConsoleAct.administrator).where(ConsoleAct.act != "enrol").order_by(col(ConsoleAct.number))
        ).all() == ["zhao", "li"]


def test_two_people_want_a_token_for_machines(hq: Hq, another: Hq, postgres_url: str) -> None:
    """S-22: the later one counts and ends the other; both stood there, and it was the earlier one that HQ went by."""
    tokens: list[str] = []

    def first(session: Session) -> None:
        tokens.append(new_admin_token(session, hq.clock))

    beside(postgres_url, hq, first, lambda: tokens.append(another.admin_token()))
    hq.administer(tokens[1])
    with pytest.raises(LinkError, match="unauthorized"):
        hq.administer(tokens[0])
