"""S-11: HQ sets the price of everything to 0, by accident or not: the till sells on at the old prices, and asks."""

from __future__ import annotations

import pytest

from posclient.errors import LinkError
from sync.hq.feeds import Change
from sync.report import CycleReport
from tests.sync.test_accepting import forget_snapshots
from tests.sync.test_engine_pull import refuse
from tests.sync.test_moved_store import priced
from tests.sync.test_poked import pull
from tests.sync.tills import Chain, TillFolder

ZONE = "zone:z1"


def free(till: TillFolder) -> int:
    """Articles that cost nothing here."""
    return int(till.rows("SELECT count(DISTINCT sku) FROM price WHERE price = 0")[0][0])


def held(report: CycleReport) -> list[tuple[object, ...]]:
    """Feed, code, articles that would cost nothing, and articles with a price, of all that is held back."""
    assert report.error is None
    return [(one.feed, one.code, one.params.get("lost"), one.params.get("total")) for one in report.held]


@pytest.fixture
def shelf(chain: Chain, till: TillFolder) -> Chain:
    """1,000 articles of 5 yuan, and 300 carrier bags that never cost anything."""
    chain.publish(*priced("z1", 500, range(1000)), *priced("z1", 0, range(2000, 2300)))
    assert held(till.cycle()) == []
    return chain


@pytest.mark.parametrize(("articles", "is_held"), [(1000, True), (201, True), (200, False)])
def test_a_flood_of_free_articles_waits_for_a_person(
    till: TillFolder, shelf: Chain, articles: int, is_held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-11: over 200 and over 20 %, over as many pages as it takes; and it comes in when a manager says so."""
    monkeypatch.setattr("sync.engine.PAGE_ROWS", 60)
    shelf.publish(*priced("z1", 0, range(articles)))
    report = till.cycle()
    assert held(report) == ([(ZONE, "zero_prices", articles, 1000)] if is_held else [])
    assert free(till) == 300 + (0 if is_held else articles)
    assert held(till.cycle(accept=report)) == []
    assert free(till) == 300 + articles


def test_less_than_a_fifth_is_a_sale(till: TillFolder, chain: Chain) -> None:
    chain.publish(*priced("z1", 500, range(1100)))
    till.cycle()
    chain.publish(*priced("z1", 0, range(220)))
    assert (held(till.cycle()), free(till)) == ([], 220)


def test_small_steps_of_one_pull_are_counted_together(
    till: TillFolder, shelf: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-11: what earlier pages of the pull took counts as well."""
    monkeypatch.setattr("sync.engine.PAGE_ROWS", 50)
    monkeypatch.setattr("sync.paging.PAGES_AT_ONCE", 1)
    shelf.publish(*priced("z1", 0, range(1000)))
    assert held(till.cycle()) == [(ZONE, "zero_prices", 250, 1000)]
    assert free(till) == 300 + 200


def test_a_new_row_that_gives_an_article_away_counts(till: TillFolder, shelf: Chain) -> None:
    """S-11: beside the row of old, which would still be there."""
    new = [
        Change(one.feed, "price", f"N{one.key}", {**(one.data or {}), "id": f"N{one.key}"})
        for one in priced("z1", 0, range(400))
    ]
    shelf.publish(*new)
    assert held(till.cycle()) == [(ZONE, "zero_prices", 400, 1000)]
    assert free(till) == 300


def test_what_was_free_before_is_no_news(till: TillFolder, shelf: Chain) -> None:
    shelf.publish(*priced("z1", 0, range(2000, 2300)), *priced("z1", 0, range(3000, 3300)))
    assert (held(till.cycle()), free(till)) == ([], 600)


def test_a_snapshot_is_no_way_round(till: TillFolder, shelf: Chain) -> None:
    """S-11; and a manager lets in what they saw, and no more."""
    shelf.publish(*priced("z1", 0, range(300)))
    till.line.meddle = refuse("page", LinkError("snapshot_required"))
    forget_snapshots(shelf)
    seen = till.cycle()
    assert held(seen) == [(ZONE, "zero_prices", 300, 1000)]
    shelf.publish(*priced("z1", 0, range(300, 600)))
    forget_snapshots(shelf)
    more = till.cycle(accept=seen)
    assert (held(more), free(till)) == ([(ZONE, "zero_prices", 600, 1000)], 300)
    till.cycle(accept=more)
    assert free(till) == 900


def test_what_came_after_the_look_is_held_back_again(till: TillFolder, shelf: Chain) -> None:
    """S-11: in the very cycle in which the manager let another one through."""
    shelf.publish(*priced("z1", 0, range(300)))
    seen = till.cycle()
    shelf.publish(*priced("z1", 0, range(300, 600)))
    more = till.cycle(accept=seen)
    assert (held(more), free(till)) == ([(ZONE, "zero_prices", 600, 1000)], 300)
    assert (held(till.cycle(accept=more)), free(till)) == ([], 900)


def test_articles_that_go_and_articles_that_are_given_away_are_told_apart(till: TillFolder, shelf: Chain) -> None:
    gone = [Change(one.feed, one.table, one.key, None) for one in priced("z1", 0, range(500, 1000))]
    shelf.publish(*priced("z1", 0, range(300)), *gone)
    seen = till.cycle()
    assert held(seen) == [(ZONE, "mass_delete", 500, 1300), (ZONE, "zero_prices", 300, 1000)]
    assert (held(till.cycle(accept=seen)), free(till)) == ([], 600)


def test_a_poke_leaves_it_to_a_cycle(till: TillFolder, shelf: Chain) -> None:
    """S-11."""
    shelf.publish(*priced("z1", 0, range(1000)))
    assert pull(till, ZONE) is None
    assert free(till) == 300
