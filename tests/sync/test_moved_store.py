"""A store goes to another zone: its tills go over to the prices of that one, and are without prices at no moment."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.errors import LinkError
from sync.hq.chain_tables import StoreRow
from sync.hq.feeds import Change, publish, zone_feed
from sync.hq.placing import moved_store, new_store, zones
from tests.sync.tills import Chain, TillFolder

#: More than a till would lose of a table without asking.
MANY = 300
PRICES = "SELECT feed, count(*), min(price), max(price) FROM price GROUP BY feed"


def priced(zone: str, fen: int, skus: range) -> list[Change]:
    row = {"price": fen, "member_prices": {}, "from": None, "until": None}
    return [Change(zone_feed(zone), "price", f"P{n}", {"id": f"P{n}", "sku": f"P{n}", **row}) for n in skus]


@pytest.fixture
def z9(chain: Chain, till: TillFolder) -> Chain:
    """S001 is in z1 and has its prices; S009 is in z9."""
    chain.publish(*priced("z1", 100, range(MANY)))
    with chain.database.write(shared=True) as session:
        publish(session, new_store(session, StoreRow(id="S009", name="x", zone="z9")))
    assert till.cycle().held == ()
    return chain


def move(chain: Chain) -> None:
    with chain.database.write(shared=True) as session:
        known, store = zones(session), session.get_one(StoreRow, "S001")
        old, store.zone = store.zone, "z9"
        session.flush()
        publish(session, moved_store(session, store, old, known))


def test_a_till_whose_store_moved_sells_at_its_new_zones_prices(z9: Chain, till: TillFolder) -> None:
    """Nothing is lost where each article has a price there too, so nobody is asked: it is to be so at once."""
    z9.publish(*priced("z9", 900, range(MANY)))
    move(z9)
    report = till.cycle()
    assert (report.held, report.error, report.snapshots) == ((), None, ("zone:z9",))
    assert till.rows(PRICES) == [("zone:z9", MANY, 900, 900)]
    assert "zone:z1" not in report.feeds
    assert till.cycle().snapshots == ()


def test_it_sells_at_the_old_prices_until_the_new_ones_are_here(z9: Chain, till: TillFolder) -> None:
    """A line that fails between the two left a till without any price, for as long as it was gone."""
    z9.publish(*priced("z9", 900, range(MANY)))
    move(z9)
    with pytest.MonkeyPatch.context() as cut:
        cut.setattr(till.line, "chunk", _cut)
        for _ in range(2):
            assert till.cycle(accept=till.cycle()).error is not None
            assert till.rows(PRICES) == [("zone:z1", MANY, 100, 100)]
    assert till.cycle().error is None
    assert till.rows(PRICES) == [("zone:z9", MANY, 900, 900)]


def test_a_person_is_asked_where_many_articles_have_no_price_there(z9: Chain, till: TillFolder) -> None:
    """S-11; and told of this alone, with no word of how the two would have been in one another's way."""
    z9.publish(*priced("z9", 900, range(20)))
    gone = [Change(one.feed, one.table, one.key, None) for one in priced("z9", 0, range(20, MANY))]
    z9.publish(*gone)
    move(z9)
    report = till.cycle()
    ((feed, code, lost),) = [(one.feed, one.code, one.params["lost"]) for one in report.held]
    assert (feed, code, lost) == ("zone:z1", "mass_delete", MANY - 20)
    assert till.rows(PRICES) == [("zone:z1", MANY, 100, 100)]
    assert till.cycle(accept=report).held == ()
    assert till.rows(PRICES) == [("zone:z9", 20, 900, 900)]


def test_a_person_is_asked_where_everything_costs_nothing_there(z9: Chain, till: TillFolder) -> None:
    """S-11: each article has a price there, of 0."""
    z9.publish(*priced("z9", 0, range(MANY)))
    move(z9)
    report = till.cycle()
    assert [(one.feed, one.code, one.params["lost"]) for one in report.held] == [("zone:z1", "zero_prices", MANY)]
    assert till.rows(PRICES) == [("zone:z1", MANY, 100, 100)]
    assert till.cycle(accept=report).held == ()
    assert till.rows(PRICES) == [("zone:z9", MANY, 0, 0)]


def _cut(*_asked: Any) -> bytes:
    raise LinkError("unreachable", why="cut")
