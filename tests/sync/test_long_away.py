"""A till that was off for longer than HQ keeps tombstones: a snapshot tells it what is gone, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from posclient.domain.feeds import unsigned
from sync.hq.fact_tables import SaleRow
from sync.hq.feeds import GLOBAL, Change
from sync.hq.pruning import prune
from sync.hq.tables import Feed, FeedRow
from sync.report import CycleReport
from tests.sync.test_engine_pull import count, gone, held
from tests.sync.test_poked import pull
from tests.sync.tills import Chain, TillFolder, stored, tiers

OWN = "terminal:S001-1"


def off_for_200_days(chain: Chain) -> None:
    """HQ goes on meanwhile, with a round a day; the first and the last of them are what counts."""
    prune(chain.database, chain.clock, lambda: False)
    chain.clock.forward(days=200)
    assert prune(chain.database, chain.clock, lambda: False) > 0


def check_equal(till: TillFolder, chain: Chain) -> None:
    """Every feed row by row, with its place, count and checksum."""
    there = {(row.feed, row.key, row.version) for row in stored(chain, FeedRow) if row.data is not None}
    tables = {row.table_name for row in stored(chain, FeedRow)}
    here = {row for table in tables for row in till.rows(f"SELECT feed, key, version FROM {table}")}
    assert here == there
    heads = {(one.name, one.head, one.count, one.checksum % 2**64) for one in stored(chain, Feed)}
    cursors = till.rows("SELECT feed, version, rows, checksum FROM feed_cursor")
    assert {(feed, version, rows, unsigned(checksum)) for feed, version, rows, checksum in cursors} == heads


def test_a_till_that_was_off_for_200_days_ends_with_equal_feeds(till: TillFolder, chain: Chain) -> None:
    """Its sales come through, and the old rows serve until the new ones are whole."""
    chain.publish(Change(OWN, "fact_outcome", "F1", {"fact": "F1", "code": "odd", "detail": {}}))
    assert held(till) == []
    sale = till.sale()
    chain.publish(*gone(range(3)), *tiers(range(8, 12), "new"), Change(OWN, "fact_outcome", "F1", None))
    off_for_200_days(chain)
    chain.publish(*tiers(range(12, 13)))
    served: list[int] = []

    def watched(call: str, go: Callable[[], Any]) -> Any:
        if call in {"manifest", "chunk"}:
            served.append(count(till))
        return go()

    till.line.meddle = watched
    report = till.cycle()
    assert (report.error, report.held, report.unsent) == (None, (), 0)
    assert set(report.snapshots) == {GLOBAL, OWN}
    assert set(served) <= {10, 10 - 3 + 3}  # all of the old rows, or all of the new ones
    assert served[0] == 10
    assert [row.id for row in stored(chain, SaleRow)] == [sale]
    check_equal(till, chain)
    till.line.calls.clear()
    assert held(till) == []
    assert till.line.calls == ["feeds"]


def test_a_till_that_comes_by_every_half_year_notices_nothing(till: TillFolder, chain: Chain) -> None:
    """What it has seen go may go for good: neither its place nor count and checksum move by it."""
    chain.publish(*gone(range(3)))
    assert held(till) == []
    off_for_200_days(chain)
    till.line.calls.clear()
    assert held(till) == []
    assert till.line.calls[-1] == "feeds"
    chain.publish(*tiers(range(1), "back"))
    report = till.cycle()
    assert (report.held, report.snapshots) == ((), ())
    check_equal(till, chain)


def test_so_much_that_went_meanwhile_waits_for_a_person(till: TillFolder, chain: Chain) -> None:
    """S-11: the fail-safe holds for what nobody can list any more, however long it waits."""
    chain.publish(*tiers(range(600)))
    assert held(till) == []
    chain.publish(*gone(range(500)))
    assert held(till) == [(GLOBAL, "mass_delete")]
    off_for_200_days(chain)
    for _ in range(2):
        assert held(till) == [(GLOBAL, "mass_delete")]
        assert count(till) == 600
    assert held(till, accept=True) == []
    assert count(till) == 100
    check_equal(till, chain)


def test_a_poke_leaves_an_old_place_to_a_whole_cycle(till: TillFolder, chain: Chain) -> None:
    chain.publish(*gone(range(3)))
    off_for_200_days(chain)
    assert pull(till) is None
    assert count(till) == 10
    report: CycleReport = till.cycle()
    assert (report.held, report.snapshots, count(till)) == ((), (GLOBAL,), 7)
    check_equal(till, chain)


def test_a_load_goes_on_where_more_goes_meanwhile(till: TillFolder, chain: Chain) -> None:
    """A tombstone goes between the snapshot and its pages: this cycle says so, and the next one is through."""
    chain.publish(*gone(range(2)))
    off_for_200_days(chain)
    once = [True]

    def late(call: str, go: Callable[[], Any]) -> Any:
        answer = go()
        if call == "chunk" and once:
            once.clear()
            chain.publish(*gone(range(2, 4)))
            off_for_200_days(chain)
        return answer

    till.line.meddle = late
    assert held(till) == [(GLOBAL, "feed_disagrees")]
    assert count(till) == 8
    assert held(till) == []
    assert count(till) == 6
    check_equal(till, chain)
