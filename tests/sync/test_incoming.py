"""Chunks of a load that is never finished do not pile up on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from posclient.db import inbox
from posclient.db.live_cache import LiveCache
from sync.hq import snapshots
from sync.hq.database import Database
from sync.hq.feeds import Change
from tests.sync.test_engine_pull import refuse
from tests.sync.tills import Chain, HandClock, TillFolder, tiers, unreachable


def staff(number: int) -> dict[str, object]:
    return {"id": f"X{number}", "name": "x", "badge": "", "roles": ["cashier"], "pin_hash": "", "active": True}


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
    """T-5: of each feed the chunks of one snapshot are kept, that of now: HQ hands out the others no more."""
    for day in range(8):
        till.line.meddle = refuse("chunk", unreachable(), after=1)
        assert till.cycle().error is not None
        assert len(list((till.folder / "incoming").iterdir())) == 1
        chain.publish(*tiers(range(1), name=f"of day {day}"))
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().error is None
    assert list((till.folder / "incoming").iterdir()) == []


def test_what_has_come_of_another_feed_stays(till: TillFolder, chain: Chain) -> None:
    """A load that was cut in the second feed goes on there."""
    assert till.cycle().error is None
    fetched: list[tuple[str, int]] = []
    chunk = till.line.chunk

    def noted(snapshot: str, n: int) -> bytes:
        packed = chunk(snapshot, n)
        fetched.append((snapshot, n))
        return packed

    till.line.chunk = noted  # type: ignore[method-assign]
    chain.publish(*[Change("store:S001", "staff", f"X{n}", staff(n)) for n in range(3)])
    forget(till, "global", "store:S001")
    till.line.meddle = refuse("manifest", unreachable(), after=1)
    assert till.cycle().error is not None
    first = list(fetched)
    assert len(first) > 1
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().error is None
    assert len(fetched) == len(set(fetched)) > len(first)


def test_a_feed_that_cannot_be_believed_costs_the_others_no_second_way(till: TillFolder, chain: Chain) -> None:
    """S-11: its rows hold back that feed alone; the others are built without it of what has come already."""
    chain.publish(Change("store:S001", "staff", "X1", {"id": "X1", "name": 7}))
    fetched: list[tuple[str, int]] = []
    chunk = till.line.chunk

    def noted(snapshot: str, n: int) -> bytes:
        fetched.append((snapshot, n))
        return chunk(snapshot, n)

    till.line.chunk = noted  # type: ignore[method-assign]
    report = till.cycle()
    assert [one.feed for one in report.held] == ["store:S001"]
    assert len(fetched) == len(set(fetched)) > 5


def test_a_first_load_that_is_held_back_is_tried_once_a_cycle(till: TillFolder, chain: Chain) -> None:
    chain.publish(Change("store:S001", "staff", "X1", {"id": "X1", "name": 7}))
    assert till.cycle().held != ()
    till.line.calls.clear()
    assert [one.code for one in till.cycle().held] == ["bad_row"]
    assert till.line.calls.count("manifest") == 1
