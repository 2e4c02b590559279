"""A till tells HQ how it is, with what it asks anyway; HQ keeps it and takes no harm from nonsense."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from posclient.db import journal
from posclient.db.connection import transaction
from posclient.db.till_file import open_till
from posclient.domain import facts
from posclient.errors import LinkError
from sync.enrolment import Enrolment, enrol
from sync.health import written
from sync.hq.database import Database
from sync.hq.healths import STORE_MS, Healths
from sync.hq.tables import TillHealth
from sync.running import FolderSync
from sync.transport import HttpHq
from sync.vitals import HEALTH, MOST_HEALTH, Health
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill, new_till
from tests.sync.hq.till_at_hq import STAMP, new_id
from tests.sync.tills import HandClock
from ui.opening import SystemClock

__all__ = ["new_till"]  # a fixture


def kept(database: Database) -> list[TillHealth]:
    with database.read() as session:
        return list(session.exec(select(TillHealth)))


def at_server(server: HqServer, folder: Path) -> FolderSync:
    """A real data folder with a real line."""
    enrol(folder, Enrolment(server.url, server.code(), "file"), HttpHq, SystemClock(), new_id)
    return FolderSync(folder, SystemClock())


def test_hq_knows_after_a_cycle_how_a_till_is(hq_server: HqServer, tmp_path: Path) -> None:
    sync = at_server(hq_server, tmp_path)
    assert sync.run().error is None
    sync.close()
    (row,) = kept(hq_server.database)
    assert (row.terminal, row.unsent, row.printer, row.trouble, row.held) == ("S001-1", 0, "file", "", "[]")
    assert row.python.startswith("3.")
    assert row.system
    assert row.program


def test_a_till_whose_facts_hq_does_not_take_says_so_with_its_session(hq_server: HqServer, tmp_path: Path) -> None:
    """G-7: a push that fails ends the cycle before the feeds; the session before it has told already."""
    sync = at_server(hq_server, tmp_path / "sick")
    con = open_till(tmp_path / "sick")
    with transaction(con):
        for _ in range(3):
            content = facts.rule_skipped("P1", "odd", STAMP)
            journal.append(con, fact_id=new_id(), kind=facts.RULE_SKIPPED, content=content, at=HandClock().now())
        con.execute("UPDATE fact SET id = id || char(0)")  # no till makes this, and HQ refuses the whole batch
    con.close()
    report = sync.run()
    sync.close()
    assert isinstance(report.error, LinkError)
    (row,) = kept(hq_server.database)
    assert row.unsent == 3
    assert row.oldest_unsent_ms is not None
    assert row.at_ms - row.oldest_unsent_ms > 86_400_000


@pytest.mark.parametrize("said", ["x", "[]", '{"unsent": -1}', '{"unsent": "3"}', f'{{"program": "{"x" * 3000}"}}'])
def test_a_word_that_cannot_be_read_is_no_fault(new_till: NewTill, hq_server: HqServer, said: str) -> None:
    """S-9: a health that is none must keep no till from its feeds."""
    till = new_till()
    headers = {"Authorization": f"Bearer {till.token()}", HEALTH: said}
    assert httpx.get(f"{hq_server.url}/v1/feeds", headers=headers).status_code == 200
    assert kept(hq_server.database) == []


def test_a_newer_till_may_say_more(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    headers = {"Authorization": f"Bearer {till.token()}", HEALTH: '{"unsent": 2, "mood": "good"}'}
    assert httpx.get(f"{hq_server.url}/v1/feeds", headers=headers).status_code == 200
    assert [row.unsent for row in kept(hq_server.database)] == [2]


def test_the_same_word_again_costs_hq_no_write(hq_database: Database) -> None:
    """Thousands of tills say it every minute."""
    clock = HandClock()
    healths = Healths(hq_database, clock)

    def told(**health: object) -> int:
        clock.forward(seconds=60)
        healths.note("T1", json.dumps(health))
        return kept(hq_database)[0].at_ms

    first = told(program="1", offset_ms=10)
    assert told(program="1", offset_ms=900) == first
    assert told(program="1", offset_ms=40_000) > first
    waits = told(program="1", offset_ms=40_000, unsent=1, oldest_unsent_s=5)
    assert told(program="1", offset_ms=40_000, unsent=4, oldest_unsent_s=65) == waits
    with hq_database.read() as session:
        assert healths.all(session)["T1"].unsent == 4
    assert told(program="2", offset_ms=40_000, unsent=4, oldest_unsent_s=65) > waits
    clock.forward(minutes=STORE_MS // 60_000)
    before = kept(hq_database)[0].at_ms
    assert told(program="2", offset_ms=40_000, unsent=4, oldest_unsent_s=65) > before
    with hq_database.read() as session:
        assert Healths(hq_database, clock).all(session)["T1"].program == "2"


def test_the_newest_word_counts_whichever_process_heard_it(hq_database: Database) -> None:
    """A proxy brings a till now to this HQ process and now to that one."""
    clock = HandClock()
    first, second = Healths(hq_database, clock), Healths(hq_database, clock)
    for healths, program in ((first, "1"), (second, "2")):
        clock.forward(seconds=60)
        healths.note("T1", json.dumps({"program": program}))
        with hq_database.read() as session:
            assert [one.all(session)["T1"].program for one in (first, second)] == [program, program]


def test_the_longest_word_fits() -> None:
    most = Health(
        unsent=2**62, program="x" * 40, python="x" * 40, system="x" * 80, trouble="fork",
        held=[f"{'x' * 119}{n}" for n in range(8)], printer="network", unprinted=20, seen="x" * 60,
    )  # fmt: skip
    assert 0 < len(written(most)) <= MOST_HEALTH
