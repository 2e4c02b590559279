"""Whole feeds in chunks: cut, resumed, damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from posclient.errors import DataError
from sync.hq.database import Database
from sync.hq.feeds import Change
from sync.report import Progress
from tests.sync.test_engine_pull import alter, count, refuse
from tests.sync.tills import Chain, HandClock, TillFolder, tiers, unreachable


@pytest.fixture
def chain(hq_database: Database, small_chunks: None) -> Chain:
    """600 tiers in several chunks: HQ closes one after each piece."""
    made = Chain(hq_database, HandClock())
    made.publish(*tiers(range(600)))
    return made


@pytest.fixture
def till(chain: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    """Enrolled, nothing loaded yet."""
    opened = TillFolder(chain, tmp_path / "till", chain.code())
    yield opened
    opened.close()


def test_killed_load_goes_on_with_the_next_chunk(till: TillFolder, fetched: list[tuple[str, int]]) -> None:
    """No chunk is fetched twice, however often the load is cut."""
    cuts = 0
    till.line.meddle = refuse("chunk", unreachable(), after=2)
    while (report := till.cycle()).error is not None:
        assert count(till) == 0
        till.restart()
        till.line.meddle = refuse("chunk", unreachable(), after=2)
        cuts += 1
    assert cuts > 3
    assert (count(till), len(report.snapshots)) == (600, 4)
    assert len(fetched) == len(set(fetched)) > 2 * cuts


def test_progress_has_numbers(till: TillFolder) -> None:
    from sync.engine import cycle

    seen: list[Progress] = []
    assert cycle(till.line, till.con, till.folder, till.chain.clock, till.keeper, show=seen.append).error is None
    of_global = [one for one in seen if one.feed == "global"]
    assert len(of_global) > 3
    assert [one.done for one in of_global] == sorted(one.done for one in of_global)
    assert (of_global[0].done, of_global[-1].done) == (0, of_global[-1].total)


def damaged(feed: str, change: Callable[[Any], Any]) -> Callable[[str, Callable[[], Any]], Any]:
    """The manifest of one feed, altered."""
    return alter("manifest", lambda manifest: change(manifest) if manifest.feed == feed else manifest)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"feed": "store:S001"}, "bad_manifest"),
        ({"snapshot": "../../x"}, "bad_manifest"),
        ({"count": 5}, "bad_snapshot"),
        ({"checksum": 5}, "bad_snapshot"),
    ],
)
def test_manifest_that_lies_holds_back_its_feed_alone(till: TillFolder, change: dict[str, Any], code: str) -> None:
    """S-11: the other feeds are loaded without it."""
    till.line.meddle = damaged("global", lambda manifest: manifest.model_copy(update=change))
    report = till.cycle()
    assert (report.error, [(one.feed, one.code) for one in report.held]) == (None, [("global", code)])
    assert set(report.feeds) == {"zone:z1", "store:S001", "terminal:S001-1"}
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().held == ()
    assert count(till) == 600


@pytest.mark.parametrize("size", [-1, 2**40])
def test_manifest_of_impossible_size(till: TillFolder, size: int) -> None:
    """S-10: nothing is fetched of a snapshot that no disk would hold."""

    def change(manifest: Any) -> Any:
        chunks = [chunk.model_copy(update={"bytes": size}) for chunk in manifest.chunks]
        return manifest.model_copy(update={"chunks": chunks})

    till.line.meddle = damaged("global", change)
    assert [one.code for one in till.cycle().held] == ["bad_manifest"]


def test_chunk_that_is_another(till: TillFolder) -> None:
    """S-10: each chunk is known by its SHA-256; a wrong one is not kept."""
    till.line.meddle = alter("chunk", lambda packed: packed[:-1] + bytes([packed[-1] ^ 1]))
    assert {one.code for one in till.cycle().held} == {"bad_chunk"}
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().held == ()
    assert count(till) == 600


def test_row_that_no_till_can_read(chain: Chain, till: TillFolder) -> None:
    """S-11: a row with a wrong type holds back its feed; the till has the others."""
    chain.publish(Change("store:S001", "staff", "X", {"id": "X", "name": 7}))
    report = till.cycle()
    assert (report.error, [(one.feed, one.code) for one in report.held]) == (None, [("store:S001", "bad_row")])
    assert count(till) == 600


def test_full_disk_during_a_load(till: TillFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-5: ends the cycle; the next one goes on."""

    def fail(*_args: object) -> None:
        raise DataError("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr("posclient.db.loading.build", fail)
        report = till.cycle()
    assert report.error is not None
    assert (report.error.code, report.held) == ("disk_full", ())
    before = till.line.calls.count("chunk")
    assert till.cycle().error is None
    assert till.line.calls.count("chunk") == before


def test_what_hq_publishes_during_a_load_does_not_look_like_a_restored_hq(chain: Chain, till: TillFolder) -> None:
    """S-12: the feeds were asked for minutes ago, and a whole chain goes on selling."""

    def busy(call: str, go: Callable[[], Any]) -> Any:
        if call == "manifest":
            chain.publish(*tiers(range(600, 601)))
        return go()

    till.line.meddle = busy
    report = till.cycle()
    assert (report.error, report.held) == (None, ())
    assert count(till) == 601
