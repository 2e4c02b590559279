"""A hub.db that is damaged where the hub's own cycles never look: whoever meets it begins it anew."""

from __future__ import annotations

import pytest

from posclient.db.hub_file import HUB_FILE
from posclient.errors import DataError
from sync.asking import HoldRequest
from tests.sync.hub.shop import Shop, ShopTill
from tests.sync.hub.test_hub_fails import all_arrive


def damage(hub: ShopTill, table: str) -> None:
    """The first page of one table, as a failing disk gives it back."""
    file = hub.hub_file()
    file.con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (root,) = file.con.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    (size,) = file.con.execute("PRAGMA page_size").fetchone()
    file.close()
    path = hub.folder / HUB_FILE
    data = bytearray(path.read_bytes())
    data[(root - 1) * size : root * size] = b"\xff" * size
    path.write_bytes(data)


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize("table", ["place", "answer", "used", "page"])
def test_a_hub_serves_again_whatever_of_its_file_is_damaged(shop: Shop, table: str, online: bool) -> None:
    """T-6: the tills are refused once at most."""
    hub, till, _ = shop.open()
    till.sale()
    shop.settle()
    shop.offline()
    till.sale()
    till.through()
    damage(hub, table)
    hub.online = online
    hub.run()
    till.sale()
    till.through()
    hub.run()
    report = till.through()
    assert report.hub is not None
    assert report.hub.error is None
    all_arrive(shop, S001_2=3)


def test_the_hubs_own_counter_is_refused_once_at_most(shop: Shop) -> None:
    """It asks the same file whether another till has used a coupon."""
    hub, _till, _ = shop.open()
    shop.settle()
    hub.hub_file().close()
    damage(hub, "used")
    with pytest.raises(DataError, match="corrupt"):
        hub.sync.hold_at_hub(HoldRequest(coupons=["K1"]))
    assert [one.coupon for one in hub.sync.hold_at_hub(HoldRequest(coupons=["K1"])).held] == ["K1"]
