"""What a till that was enrolled anew makes of pages that it had before."""

from __future__ import annotations

from posclient.actions import checkout
from posclient.db import stock
from posclient.db.live_cache import LiveCache
from sync.hq.chain_tables import StockRow
from sync.hq.feeds import publish
from sync.hq.placing import stock_changes, stores
from tests.sync.hq.desks import Desk, stock_up
from tests.sync.tills import Chain, TillFolder


def here(desk: Desk) -> int:
    cache = LiveCache(desk.folder, own=desk.keeper.own)
    try:
        return stock.levels(cache, desk.con, ["A"], "S001")["A"].here
    finally:
        cache.close()


def sell(desk: Desk) -> None:
    checkout.add(desk.till, "A")
    desk.pay()


def test_stock_after_an_enrolment(chain: Chain, till: TillFolder) -> None:
    """The page of before includes five facts of the chain of before, and none of the one that has begun."""
    till.close()
    stock_up(chain, "S001")
    with chain.database.write() as session:
        session.add(StockRow(sku="A", store="S001", qty=100))
        session.flush()
        publish(session, list(stock_changes(session, ["A"], stores(session))))
    desk = Desk(chain, till.folder)
    for _ in range(5):
        sell(desk)
    desk.cycle()
    assert here(desk) == 95
    desk.till.close()
    desk.con.close()
    desk.enrol(chain.code("S001", 1))
    desk.cycle()
    desk.start()
    found = []
    for _ in range(6):
        sell(desk)
        found.append(here(desk))
    desk.close()
    assert found == [94, 93, 92, 91, 90, 89]
