"""A store goes to another zone: what the old zone knew of its stores' stock is nothing that a person decides about."""

from __future__ import annotations

from sync.hq.feeds import Change, zone_feed
from tests.sync.test_moved_store import MANY, PRICES, move, priced, z9
from tests.sync.tills import Chain, TillFolder

__all__ = ["z9"]


def test_the_stock_of_the_old_zones_stores_is_no_loss(z9: Chain, till: TillFolder) -> None:
    """Each article has its price in the new zone, which has few stores and tracks no stock yet."""
    stock = [Change(zone_feed("z1"), "stock", f"P{n}", {"sku": f"P{n}", "qty": {"S002": 3}}) for n in range(MANY)]
    z9.publish(*priced("z9", 900, range(MANY)), *stock)
    assert till.cycle().held == ()
    move(z9)
    report = till.cycle()
    assert (report.held, report.error, report.snapshots) == ((), None, ("zone:z9",))
    assert till.rows(PRICES) == [("zone:z9", MANY, 900, 900)]
