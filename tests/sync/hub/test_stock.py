"""Stock without HQ: what the store's other tills have sold is shown too, until HQ's own figures count again."""

from __future__ import annotations

from contextlib import closing

from posclient.db import stock
from posclient.db.live_cache import LiveCache
from sync.hq.feeds import Change
from tests.sync.hq.till_at_hq import make_line
from tests.sync.hub.shop import Shop, ShopTill


def here(till: ShopTill, sku: str = "A") -> int:
    with closing(LiveCache(till.folder)) as cache:
        return stock.levels(cache, till.con, [sku], "S001")[sku].here


def stocked(shop: Shop) -> list[ShopTill]:
    """Ten pieces of A and of B in the store."""
    for sku in ("A", "B"):
        shop.hq.publish(Change("zone:z1", "stock", sku, {"sku": sku, "qty": {"S001": 10, "W1": 5}}))
    tills = shop.open()
    shop.settle()
    shop.offline()
    return tills


def moved_here(till: ShopTill, sku: str, qty: int) -> None:
    """As the till's own sale does in its transaction (``sale_commit``)."""
    number = till.con.execute("SELECT max(number) FROM outbox").fetchone()[0]
    till.con.execute("INSERT INTO stock_move (sku, fact, qty) VALUES (?, ?, ?)", (sku, number, qty))


def test_all_tills_of_the_store_count(shop: Shop) -> None:
    hub, till, other = stocked(shop)
    till.sale(lines=(make_line("1", "A", 2, 2000), make_line("2", "A", 1, 1000)))
    moved_here(till, "A", -3)
    hub.sale()
    moved_here(hub, "A", -1)
    till.through()
    other.through()
    hub.through()
    assert (here(hub), here(till), here(other)) == (6, 6, 6)
    assert here(other, "B") == 10
    till.through()
    assert here(till) == 6  # its own are counted by itself, and once


def test_hqs_figures_count_again_when_it_is_back(shop: Shop) -> None:
    hub, till, other = stocked(shop)
    till.sale()
    till.through()
    other.through()
    assert here(other) == 9
    shop.offline(online=True)
    hub.run()
    shop.hq.publish(Change("zone:z1", "stock", "A", {"sku": "A", "qty": {"S001": 9}}))
    assert other.run().error is None
    assert here(other) == 9
    assert other.rows("SELECT * FROM store_move") == []
    with other.reached() as line:
        assert line.stock() == {}


def test_a_hub_that_does_not_tell_is_as_good_as_any(shop: Shop) -> None:
    """A program of before: the till's own moves are what it shows."""
    hub, till, other = stocked(shop)
    serving = hub.sync._hub._serving
    assert serving is not None
    till.sale()
    till.through()
    serving._desk._calls = {name: call for name, call in serving._desk._calls.items() if name != "stock"}
    report = other.through()
    assert report.hub is not None
    assert report.hub.error is None
    assert here(other) == 10
