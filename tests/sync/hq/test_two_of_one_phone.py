"""The chain has two members of one phone, and a counter registers it once more (protocol.md, members)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from posclient.domain.private import phone_index
from sync.hq.chain_tables import MemberAlias, MemberRow
from sync.hq.clock import UtcClock
from sync.hq.database import Database, open_database
from sync.hq.identity import own_keys
from sync.hq.server import Server
from sync.hq.service import Hq
from tests.sync.conftest import HqServer
from tests.sync.hq.test_member_effect import PHONE, registration
from tests.sync.hq.till_at_hq import TillAtHq


@pytest.fixture
def server(url: str) -> Iterator[HqServer]:
    database = open_database(url)
    hq = Hq(database)
    running = Server(hq)
    running.start()
    yield HqServer(running.url, hq, database, running)
    running.stop()
    database.close()


def add_member(hq: HqServer, member: str) -> None:
    with hq.database.write(shared=True) as session:
        index = phone_index(own_keys(session, UtcClock()).index_key, PHONE)
        session.add(MemberRow(id=member, code=f"C{member}", phone_index=index, home_store="S001", data="{}"))


def touch(database: Database, member: str) -> None:
    """Another card: a row that is changed moves within a table of PostgreSQL."""
    with database.write(shared=True) as session:
        session.get_one(MemberRow, member).code += "x"


@pytest.fixture
def till(server: HqServer) -> Iterator[TillAtHq]:
    made = TillAtHq(server.url, server.code())
    yield made
    made.close()


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_everybody_is_united_with_the_same_one(server: HqServer, till: TillAtHq) -> None:
    for member in ("M1", "M2"):
        add_member(server, member)
    for new in ("M7", "M8"):
        registered, side = registration(till, new)
        assert till.codes(registered, sides=[side]) == [("applied", None)]
        touch(server.database, "M1")
    with server.database.read() as session:
        assert [session.get_one(MemberAlias, new).new for new in ("M7", "M8")] == ["M1", "M1"]


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_whoever_was_registered_here_is_found_again(server: HqServer, till: TillAtHq) -> None:
    """After a restore the fact comes once more, and the chain's own import has brought another of that phone."""
    add_member(server, "M7")
    add_member(server, "M1")
    touch(server.database, "M7")
    registered, side = registration(till, "M7")
    assert till.codes(registered, sides=[side]) == [("applied", None)]
