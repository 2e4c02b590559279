"""Tombstones go when they are old, and no till that has not seen one is led past the place where it was."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from posclient.domain.feeds import CHECKSUM_MODULUS, row_checksum, unsigned
from posclient.errors import DataError, LinkError
from sync.handed_on import SharedPage
from sync.hq import pruning
from sync.hq.database import connect_database, open_database
from sync.hq.feeds import GLOBAL, Change
from sync.hq.migrating import migrate, upgrade
from sync.hq.pages import Answer, Asked
from sync.hq.pruning import Pruner, prune
from sync.hq.server import Server
from sync.hq.tables import Feed, FeedRow, TombstoneMark
from tests.sync.hq.till_at_hq import TillAtHq
from tests.sync.tills import Chain, HandClock, TillFolder, stored, tiers

#: Where the database has a say.
BOTH = pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def chain(url: str) -> Iterator[Chain]:
    """A store and ten tiers, of which three were taken away again: versions 12 to 14 are tombstones."""
    database = open_database(url)
    made = Chain(database)
    made.code()
    made.publish(*tiers(range(10)))
    made.publish(*gone(range(3)))
    yield made
    database.close()


def gone(numbers: range) -> list[Change]:
    return [Change(GLOBAL, "tier", f"T{n}", None) for n in numbers]


def on() -> bool:
    """The round goes on."""
    return False


def half_a_year(chain: Chain, pause: Callable[[], bool] = on) -> int:
    """A round, 180 days, another round; what both dropped."""
    before = prune(chain.database, chain.clock, pause)
    chain.clock.forward(days=180)
    return before + prune(chain.database, chain.clock, pause)


def tombstones(chain: Chain) -> list[int]:
    return sorted(row.version for row in stored(chain, FeedRow) if row.data is None)


def head(chain: Chain) -> Feed:
    with chain.database.read() as session:
        found: Feed = session.get_one(Feed, GLOBAL)
        return found


@BOTH
def test_a_tombstone_goes_after_half_a_year_and_not_a_day_before(chain: Chain) -> None:
    before = head(chain)
    assert prune(chain.database, chain.clock, on) == 0
    chain.clock.forward(days=180, seconds=-1)
    assert prune(chain.database, chain.clock, on) == 0
    assert (tombstones(chain), head(chain).pruned) == ([12, 13, 14], 0)
    chain.clock.forward(seconds=1)
    assert prune(chain.database, chain.clock, on) == 3
    assert (tombstones(chain), head(chain).pruned) == ([], 14)
    assert stored(chain, TombstoneMark) == []
    assert prune(chain.database, chain.clock, on) == 0
    after = head(chain)
    assert (after.epoch, after.head, after.count, after.checksum) == (
        before.epoch, before.head, before.count, before.checksum,
    )  # fmt: skip
    live = stored(chain, FeedRow)
    summed = sum(row_checksum(row.table_name, row.key, row.version) for row in live) % CHECKSUM_MODULUS
    assert (after.count, unsigned(after.checksum)) == (len(live), summed) == (8, summed)


def test_what_was_taken_away_later_stays_for_its_own_half_year(chain: Chain) -> None:
    """Rounds come every day; a tombstone goes a week late at most, and never early."""
    for day in range(400):
        if day == 100:
            chain.publish(*gone(range(5, 6)), *tiers(range(1)))  # T0 is back: its tombstone is one no more
        prune(chain.database, chain.clock, on)
        expected = [13, 14, 15] if 100 <= day < 180 else [12, 13, 14] if day < 100 else [15] if day < 280 else []
        if day not in range(280, 288):
            assert tombstones(chain) == expected, day
        assert len(stored(chain, TombstoneMark)) <= pruning.MARKS + 1
        chain.clock.forward(days=1)
    assert head(chain).pruned == 15


@BOTH
def test_a_bite_is_bounded_and_a_round_that_stops_is_gone_on_with(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No writer waits for all of it: between two bites others write, and the floor is where the rows are gone to."""
    chain.publish(*tiers(range(10, 42)))
    chain.publish(*gone(range(10, 42)))  # 47 to 78
    monkeypatch.setattr(pruning, "MOST_AT_ONCE", 10)
    seen: list[tuple[int, int]] = []

    def pause() -> bool:
        seen.append((len(tombstones(chain)), head(chain).pruned))
        chain.publish(*tiers(range(99, 100), f"beside {len(seen)}"))
        return len(seen) == 2

    assert half_a_year(chain, pause) == 20
    assert seen == [(25, 53), (15, 63)]
    assert prune(chain.database, chain.clock, on) == 15
    assert head(chain).pruned == 78


@pytest.mark.parametrize(("value", "days"), [(30, 30), (0, None), (-1, None), ("soon", 180)])
def test_the_chain_says_how_long(chain: Chain, value: object, days: int | None) -> None:
    chain.publish(Change(GLOBAL, "setting", "tombstone_days", {"name": "tombstone_days", "value": value}))
    prune(chain.database, chain.clock, on)
    chain.clock.forward(days=(days or 10_000) - 1)
    assert prune(chain.database, chain.clock, on) == 0
    chain.clock.forward(days=1)
    assert prune(chain.database, chain.clock, on) == (3 if days else 0)


def test_a_clock_that_ran_ahead_holds_nothing_up(chain: Chain) -> None:
    """A round of a wrong clock; then it is set right."""
    right = chain.clock.at
    chain.clock.forward(days=3000)
    prune(chain.database, chain.clock, on)
    chain.clock.at = right
    assert half_a_year(chain) == 3


@BOTH
def test_tombstones_from_before_the_migration_are_as_old_as_the_first_round(url: str) -> None:
    """Nobody knows since when they are there, so none goes early; and the migration changes nothing of their feed."""
    database = connect_database(url)
    with database.write() as session:
        upgrade(session.connection(), "0014")
        session.execute(text("INSERT INTO feed (name, epoch, head, count, checksum) VALUES ('global', 'e', 2, 1, 7)"))
        for key, version, data in (("T1", 1, "{}"), ("T2", 2, None)):
            values = {"k": key, "v": version, "d": data}
            session.execute(text("INSERT INTO feed_row VALUES ('global', 'tier', :k, :v, :d)"), values)
    database.close()
    assert migrate(url).after >= "0015"
    database, clock = open_database(url), HandClock()
    assert prune(database, clock, on) == 0
    clock.forward(days=179)
    assert prune(database, clock, on) == 0
    clock.forward(days=1)
    assert prune(database, clock, on) == 1
    with database.read() as session:
        feed = session.get_one(Feed, "global")
        assert (feed.head, feed.count, feed.checksum, feed.pruned) == (2, 1, 7, 2)
    database.close()


@pytest.fixture
def till(chain: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    """Enrolled, with nothing loaded yet."""
    made = TillFolder(chain, tmp_path / "till", chain.code())
    yield made
    made.close()


def page(till: TillFolder, after: int, limit: int = 500) -> list[int] | str:
    """The versions of a page, or the code of the error."""
    try:
        return [row.v for row in till.line.page(GLOBAL, head(till.chain).epoch, after, limit).rows]
    except LinkError as error:
        return error.code


def signed(till: TillFolder, after: int) -> list[int] | str:
    """The same of a page that a store's hub may hand on."""
    try:
        found = till.chain.hq.hubs.signed_page(till.me.terminal, GLOBAL, head(till.chain).epoch, after, 500)
    except LinkError as error:
        return error.code
    return [row.v for row in SharedPage.model_validate_json(found.page).rows]


@BOTH
def test_a_cursor_from_before_what_went_needs_a_snapshot(chain: Chain, till: TillFolder) -> None:
    """Also one that asked for this very page a moment ago, so that its rows are kept for the herd; and one at 0."""
    rows = list(range(12, 15))
    assert (page(till, 11), page(till, 13), signed(till, 11)) == (rows, [14], rows)
    assert half_a_year(chain) == 3
    for after in (0, 11, 13):
        assert (page(till, after), signed(till, after)) == ("snapshot_required", "snapshot_required")
    assert (page(till, 14), signed(till, 14)) == ([], [])
    chain.publish(*tiers(range(1), "back"))
    assert (page(till, 14), signed(till, 14)) == ([15], [15])


def test_of_a_herd_only_those_who_were_away_too_long_are_sent_for_a_snapshot(chain: Chain, till: TillFolder) -> None:
    half_a_year(chain)
    chain.publish(*tiers(range(1), "new"))
    page(till, 14)
    asked = [Asked(till.line.token, GLOBAL, head(chain).epoch, after, 500) for after in (14, 13, 15)]
    found = chain.hq.pages.look(asked)
    assert [isinstance(one, Answer) for one in found] == [True, False, True]
    assert isinstance(found[1], LinkError)
    assert found[1].code == "snapshot_required"


def test_a_snapshot_from_before_what_went_is_not_handed_out(chain: Chain, till: TillFolder) -> None:
    """A quiet feed's last one may be half a year old: its pages would not lead on, whoever has begun it."""
    chain.publish(*tiers(range(20, 21)))
    old = till.line.manifest(GLOBAL)
    assert till.line.manifest(GLOBAL) == old
    chain.publish(*gone(range(20, 21)))
    half_a_year(chain)
    new = till.line.manifest(GLOBAL, old.snapshot)
    assert new.snapshot != old.snapshot
    assert (old.version, new.version, new.count) == (15, 16, 8)
    assert page(till, new.version) == []
    assert till.line.manifest(GLOBAL) == new


def test_over_http_it_is_410(chain: Chain) -> None:
    half_a_year(chain)
    server = Server(chain.hq)
    server.start()
    till = TillAtHq(server.url, chain.code())
    epoch = head(chain).epoch
    with closing(till), pytest.raises(LinkError, match="snapshot_required") as caught:
        till.api.page(GLOBAL, epoch, 11, 500)
    reply = httpx.get(
        f"{server.url}/v1/feeds/global?epoch={epoch}&after=11", headers={"Authorization": f"Bearer {till.token()}"}
    )
    server.stop()
    assert (caught.value.params["feed"], caught.value.params["epoch"]) == (GLOBAL, epoch)
    assert (reply.status_code, reply.json()["error"]) == (410, "snapshot_required")


def test_a_running_hq_prunes_by_itself(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says how many; a bug or a database that is away for a moment does not end it."""
    monkeypatch.setattr(pruning, "FIRST_S", 0.01)
    monkeypatch.setattr(pruning, "EVERY_S", 0.01)
    prune(chain.database, chain.clock, on)
    chain.clock.forward(days=180)
    server = Server(chain.hq)
    server.start()
    ends = time.monotonic() + 10
    while tombstones(chain) and time.monotonic() < ends:
        time.sleep(0.01)
    server.stop()
    assert tombstones(chain) == []
    assert "hq_tombstones_pruned_total 3.0" in chain.hq.metrics.text().decode()


def test_a_round_that_fails_is_not_the_last(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds: list[int] = []

    def failing(*_arguments: object) -> int:
        rounds.append(1)
        if len(rounds) < 3:
            raise [DataError("database_unusable"), KeyError("a bug")][len(rounds) - 1]
        return 0

    monkeypatch.setattr(pruning, "FIRST_S", 0.01)
    monkeypatch.setattr(pruning, "EVERY_S", 0.01)
    monkeypatch.setattr(pruning, "prune", failing)
    pruner = Pruner(chain.database, chain.clock, chain.hq.metrics)
    pruner.start()
    ends = time.monotonic() + 10
    while len(rounds) < 4 and time.monotonic() < ends:
        time.sleep(0.01)
    pruner.stop()
    assert len(rounds) >= 4
    assert [one.levelname for one in caplog.records if one.levelno >= logging.WARNING] == ["WARNING", "ERROR"]
    caplog.clear()
