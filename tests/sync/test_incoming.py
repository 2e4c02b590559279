"""Chunks of a load that was cut: the next one goes on with them, and they do not pile up on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import delete

from posclient.db import inbox
from posclient.db.connection import transaction
from posclient.db.live_cache import LiveCache
from sync.hq import snapshots
from sync.hq.backups import restored
from sync.hq.database import Database
from sync.hq.feeds import Change
from sync.hq.tables import Snapshot, SnapshotChunk
from tests.sync.test_engine_pull import refuse
from tests.sync.tills import Chain, HandClock, TillFolder, tiers, unreachable


def staff(number: int) -> dict[str, object]:
    return {"id": f"X{number}", "name": "x", "badge": "", "roles": ["cashier"], "pin_hash": "", "active": True}


def forget_snapshots(database: Database) -> None:
    """As HQ does after a day."""
    with database.write() as session:
        session.execute(delete(SnapshotChunk))
        session.execute(delete(Snapshot))


def spoil(till: TillFolder) -> None:
    """A row went missing here."""
    with closing(LiveCache(till.folder, writable=True)) as cache, transaction(cache.con) as con:
        con.execute("UPDATE feed_cursor SET checksum = checksum + 1 WHERE feed = 'global'")


def forget(till: TillFolder, *feeds: str) -> None:
    """As if the till had never followed them."""
    with closing(LiveCache(till.folder, writable=True)) as cache:
        inbox.forget_feeds(cache, inbox.cursors(cache).keys() - set(feeds))


@pytest.fixture
def chain(hq_database: Database, small_chunks: None, monkeypatch: pytest.MonkeyPatch) -> Chain:
    """A feed in several chunks, of which HQ makes another snapshot with each change of it."""
    monkeypatch.setattr(snapshots, "MOST_BEHIND_ROWS", 0)
    made = Chain(hq_database, HandClock())
    made.publish(*tiers(range(300)))
    return made


@pytest.fixture
def till(chain: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    """Enrolled, nothing loaded yet."""
    opened = TillFolder(chain, tmp_path / "till", chain.code())
    yield opened
    opened.close()


def test_a_line_that_fails_day_after_day_fills_no_disk(till: TillFolder, chain: Chain) -> None:
    """T-5: of each feed the chunks of one snapshot are kept: what HQ has dropped after a day is of no use."""
    names = set()
    for day in range(8):
        till.line.meddle = refuse("chunk", unreachable(), after=1)
        assert till.cycle().error is not None
        (kept,) = (till.folder / "incoming").iterdir()
        names.add(kept.name)
        chain.publish(*tiers(range(1), name=f"of day {day}"))
        forget_snapshots(chain.database)
    assert len(names) == 8
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().error is None
    assert list((till.folder / "incoming").iterdir()) == []


def test_a_feed_that_moves_all_the_time_is_loaded_once(
    till: TillFolder, chain: Chain, fetched: list[tuple[str, int]]
) -> None:
    """HQ's newest snapshot was another one in each cycle, and what had come of the one before was thrown away."""
    for cut in range(4):
        till.line.meddle = refuse("chunk", unreachable(), after=1)
        assert till.cycle().error is not None
        till.restart()
        chain.publish(*tiers(range(290, 300 + cut), name=f"after cut {cut}"))
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().error is None
    assert len(fetched) == len(set(fetched)) == len({n for _, n in fetched}) > 4, "one snapshot's, each once"
    assert till.rows("SELECT count(*), max(name) FROM tier") == [(303, "tier")]
    assert till.rows("SELECT count(*) FROM tier WHERE name = 'after cut 3'") == [(13,)]
    assert list((till.folder / "incoming").iterdir()) == []


def test_a_load_begins_anew_where_hq_was_restored(till: TillFolder, chain: Chain) -> None:
    """Its words of before lead to no page any more."""
    till.line.meddle = refuse("chunk", unreachable(), after=1)
    assert till.cycle().error is not None
    with chain.database.write() as session:
        restored(session, chain.clock)
    chain.publish(Change("global", "tier", "T0", None))
    till.line.meddle = lambda _call, go: go()
    report = till.cycle()
    assert (report.error, report.held) == (None, ())
    assert till.rows("SELECT count(*) FROM tier") == [(299,)]


def test_rows_that_were_not_taken_are_not_gone_on_with(till: TillFolder, chain: Chain) -> None:
    """S-11: HQ has mended them in the snapshot that it makes now."""
    chain.publish(Change("store:S001", "staff", "X1", {"id": "X1", "name": 7}))
    for _ in range(2):
        assert [one.code for one in till.cycle().held] == ["bad_row"]
    chain.publish(Change("store:S001", "staff", "X1", staff(1)))
    assert till.cycle().held == ()


def test_a_load_does_not_go_back_behind_the_tills_own_place(till: TillFolder, chain: Chain) -> None:
    """Of a feed that does not agree with its head, whose pages go on coming: what they have brought is not taken back,
    nor taken for lost.
    """
    assert till.cycle().error is None
    spoil(till)
    chain.publish(*tiers(range(1), "new"))
    till.line.meddle = refuse("chunk", unreachable(), after=1)
    assert till.cycle().error is not None
    chain.publish(*tiers(range(300, 700)))
    assert till.cycle().error is not None
    till.line.meddle = lambda _call, go: go()
    report = till.cycle()
    assert (report.error, report.held) == (None, ())
    assert till.rows("SELECT count(*) FROM tier") == [(700,)]


def test_what_has_come_of_another_feed_stays(till: TillFolder, chain: Chain, fetched: list[tuple[str, int]]) -> None:
    """A load that was cut in the second feed goes on there."""
    assert till.cycle().error is None
    fetched.clear()
    chain.publish(*[Change("store:S001", "staff", f"X{n}", staff(n)) for n in range(3)])
    forget(till, "global", "store:S001")
    till.line.meddle = refuse("manifest", unreachable(), after=1)
    assert till.cycle().error is not None
    first = list(fetched)
    assert len(first) > 1
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().error is None
    assert len(fetched) == len(set(fetched)) > len(first)


def test_a_feed_that_cannot_be_believed_costs_the_others_no_second_way(
    till: TillFolder, chain: Chain, fetched: list[tuple[str, int]]
) -> None:
    """S-11: its rows hold back that feed alone; the others are built without it of what has come already."""
    chain.publish(Change("store:S001", "staff", "X1", {"id": "X1", "name": 7}))
    report = till.cycle()
    assert [one.feed for one in report.held] == ["store:S001"]
    assert len(fetched) == len(set(fetched)) > 5


def test_a_first_load_that_is_held_back_is_tried_once_a_cycle(till: TillFolder, chain: Chain) -> None:
    chain.publish(Change("store:S001", "staff", "X1", {"id": "X1", "name": 7}))
    assert till.cycle().held != ()
    till.line.calls.clear()
    assert [one.code for one in till.cycle().held] == ["bad_row"]
    assert till.line.calls.count("manifest") == 1
