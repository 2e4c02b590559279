"""HQ's signed time confirms a clock; a floor that one running ahead has raised it lowers, and a fact says so (S-16)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from posclient.db import terminal
from posclient.db.connection import Connection
from posclient.db.instants import to_ms
from posclient.db.journal import verify_chain
from posclient.db.till_file import open_till
from posclient.domain.facts import CLOCK_FLOOR_LOWERED
from sync.enrolment import Enrolment, enrol
from sync.hq.fact_tables import FactRow
from sync.running import FolderSync
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.tills import TillFolder
from ui.opening import SystemClock, new_id

CLOCK = SystemClock()


@pytest.fixture
def con(hq_server: HqServer, tmp_path: Path) -> Connection:
    """A till that has synced over HTTP; its floor is two hours ahead of the clock."""
    enrol(tmp_path / "till", Enrolment(hq_server.url, hq_server.code(), "file"), HttpHq, CLOCK, new_id)
    made = open_till(tmp_path / "till")
    terminal.raise_floor(made, CLOCK.now() + timedelta(hours=2))
    return made


def ahead(con: Connection) -> float:
    """Seconds that the floor is ahead of the clock."""
    return terminal.read(con).floor_ms / 1000 - CLOCK.now().timestamp()


def test_hqs_signed_time_lowers_the_floor(con: Connection, hq_server: HqServer, tmp_path: Path) -> None:
    cycles = FolderSync(tmp_path / "till", CLOCK)
    assert ahead(con) > 7000
    first, second = cycles.run(), cycles.run()
    cycles.close()
    sent = Counter(first.outcomes) + Counter(second.outcomes)
    assert (first.error, second.unsent, sent) == (None, 0, {"applied": 1})
    assert -60 < ahead(con) <= 1
    with hq_server.database.read() as session:
        (fact,) = session.exec(select(FactRow))
    body = json.loads(fact.body)
    assert (fact.kind, set(body)) == (CLOCK_FLOOR_LOWERED, {"from", "to", "clock"})
    assert body["from"] > body["to"]
    assert verify_chain(con) is None
    assert con.execute("SELECT count(*) FROM fact").fetchone() == (1,)
    con.close()


def test_a_clock_that_runs_ahead_is_told_of_once_a_day(con: Connection, tmp_path: Path) -> None:
    """S-16: each sale raises the floor and each contact lowers it, for as long as nobody sets the clock."""
    cycles = FolderSync(tmp_path / "till", CLOCK)
    for _ in range(3):
        terminal.raise_floor(con, CLOCK.now() + timedelta(hours=2))
        assert cycles.run().error is None
        assert -60 < ahead(con) <= 1
    cycles.close()
    assert con.execute("SELECT count(*) FROM fact").fetchone()[0] in {1, 2}  # midnight may come in between
    con.close()


@dataclass(frozen=True)
class OffClock:
    """The machine's clock, wrong by ``off``."""

    off: timedelta

    def now(self) -> datetime:
        return CLOCK.now() + self.off


@pytest.mark.parametrize(
    ("off", "floor"),
    [
        (timedelta(), 0), (timedelta(hours=-1), 0), (timedelta(hours=1), 0), (timedelta(days=-2), -2 * 86_400),
        (datetime(1970, 1, 1, tzinfo=UTC) - CLOCK.now(), -8 * 86_400),  # a dead battery confirms nothing
    ],
)  # fmt: skip
def test_hqs_signed_time_confirms_a_clock_as_far_as_they_agree(
    con: Connection, tmp_path: Path, off: timedelta, floor: int
) -> None:
    """S-16: after eight quiet days, no manager asked. A clock that is put back then brings back no lease."""
    terminal.lower_floor(con, to_ms(CLOCK.now() - timedelta(days=8)))
    cycles = FolderSync(tmp_path / "till", OffClock(off))
    assert cycles.run().error is None
    cycles.close()
    assert ahead(con) == pytest.approx(floor, abs=60)
    con.close()


def test_a_time_that_nobody_signed_does_not(till: TillFolder) -> None:
    """The floor stays, and no fact is made."""
    till.line.meddle = lambda call, go: go().model_copy(update={"signature": ""}) if call == "feeds" else go()
    terminal.raise_floor(till.con, till.chain.clock.now() + timedelta(hours=2))
    before = terminal.read(till.con).floor_ms
    assert till.cycle().unsent == 0
    assert terminal.read(till.con).floor_ms == before
    terminal.lower_floor(till.con, before - 8 * 86_400_000)
    assert till.cycle().unsent == 0
    assert terminal.read(till.con).floor_ms == before - 8 * 86_400_000


@pytest.mark.parametrize("hours", [8, -8])
def test_an_answer_that_a_sleep_or_a_new_time_lies_in_tells_nothing(till: TillFolder, hours: int) -> None:
    """S-16: the lid is closed in the middle of it. The morning's first sale was booked by the time of last night."""
    assert till.cycle().error is None
    before = terminal.read(till.con)

    def slept(call: str, go: Callable[[], Any]) -> Any:
        answer = go()
        if call == "feeds":
            till.chain.clock.forward(hours=hours)
        return answer

    till.line.meddle = slept
    assert till.cycle().error is None
    after = terminal.read(till.con)
    assert (after.offset_ms, after.contact_ms) == (before.offset_ms, before.contact_ms)
    till.line.meddle = lambda _call, go: go()
    till.chain.clock.forward(minutes=1)
    assert till.cycle().error is None
    assert terminal.read(till.con).contact_ms == to_ms(till.chain.clock.now())
