"""The whole of it as it runs in a shop: threads, a real HQ that goes away and comes back, a hub on a real socket."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from sync.asking import HoldRequest
from sync.hq.feeds import Change
from sync.hq.server import Server
from sync.running import BackgroundSync
from tests.sync.hub.shop import Shop
from tests.sync.tills import tiers


def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_store_sells_through_its_hub_until_hq_is_back(shop: Shop) -> None:
    """T-10, G-1, S-17: copies, pages and one coupon by way of the hub; afterwards HQ has each sale once."""
    tills = shop.open()
    hub, till, _ = tills
    shop.hq.publish(*tiers(range(3), "today"), Change("global", "tier", "T9", None))
    hub.run()
    for one in tills:
        one.sync.close()
    syncs = [BackgroundSync(one.folder, one.clock) for one in tills]
    shop.hq.server.stop()
    for sync in syncs:
        sync.start()
        sync.sync_now().result(30)
    sales = [one.sale() for one in tills for _ in range(2)]
    reports = [sync.sync_now().result(30) for sync in syncs]
    assert [one.hub and (one.hub.state, one.hub.handed) for one in reports] == [
        ("is_hub", 0), ("through_hub", 2), ("through_hub", 2),
    ]  # fmt: skip
    assert till.rows("SELECT name FROM tier WHERE key IN ('T1', 'T9')") == [("today",)]
    holds = [sync.hold(HoldRequest(coupons=["K1"])).result(5) for sync in syncs]
    assert [[one.coupon for one in reply.held] for reply in holds] == [["K1"], [], []]

    port = int(shop.hq.url.rpartition(":")[2])
    shop.hq.server = Server(shop.hq.hq, port=port)
    shop.hq.server.start()
    for sync in (syncs[0], syncs[2]):  # the second till stays switched off: the hub brings its sales
        sync.sync_now().result(30)
    until(lambda: shop.at_hq() == {"S001-1": 2, "S001-2": 2, "S001-3": 2})
    assert len(sales) == 6
    syncs[1].sync_now().result(30)
    assert [one.unsent() for one in tills] == [0, 0, 0]
    for sync in syncs:
        sync.stop()
    assert shop.at_hq() == {"S001-1": 2, "S001-2": 2, "S001-3": 2}


def test_a_till_that_is_no_hub_imports_none_of_it() -> None:
    """A till starts in half a second; what few need is not loaded for all."""
    code = "import sync.running, sys; print([name for name in sys.modules if name.startswith('sync.hub.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
