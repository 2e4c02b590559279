"""Members by way of the hub: sealed on either disk, and only while either till may read them (S-20, S-21)."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from posclient.db import members, terminal
from posclient.db.live_cache import LiveCache
from sync.credentials import secrets_of
from sync.hq.feeds import Change
from tests.sync.hub.shop import Shop, ShopTill

PHONE, NAME = "13912345678", "欧阳震华"


def member(**changes: Any) -> Change:
    row = {
        "id": "M1", "code": "C1", "name": NAME, "phone": PHONE, "birthday": None, "tier": "gold", "points": 1,
        "stored_value": 0, "own_guide": None, "home_store": "S001", "tags": [],
    } | changes  # fmt: skip
    return Change("store:S001", "member", "M1", row)


def shown(till: ShopTill) -> list[str]:
    own = till.sync._keeper.own
    with closing(LiveCache(till.folder, own=own)) as cache:
        return [one.name or one.masked_phone for one in members.by_last4(cache, till.con, PHONE[-4:])]


def test_a_member_comes_through_the_hub_and_lies_sealed(shop: Shop) -> None:
    """S-20: HQ's page is opened by the hub, handed on, and sealed again under the other till's own key."""
    hub, till, _ = shop.open()
    shop.hq.publish(member())
    hub.run()
    shop.offline()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.error, report.hub.held) == (None, ())
    assert shown(till) == [NAME]
    for folder in (hub.folder, till.folder):
        for path in folder.rglob("*"):
            assert not path.is_file() or PHONE.encode() not in path.read_bytes(), path


def test_a_till_that_is_sealed_takes_no_members_from_the_hub(shop: Shop) -> None:
    """S-20: what the hub says is no contact; prices come all the same."""
    hub, till, _ = shop.open()
    till.run()
    shop.hq.publish(member(), Change("global", "tier", "T77", {"id": "T77", "name": "new", "rank": 7}))
    hub.run()
    shop.offline()
    for one in (hub, till):
        one.clock.forward(hours=73)
    till.through()  # sealed at the end of this cycle, as HQ did not answer
    assert (till.sync._keeper.own.key, secrets_of(till.folder, till.me).key) == (None, b"")
    assert till.through().hub is not None
    assert till.rows("SELECT name FROM tier WHERE key = 'T77'") == [("new",)]
    assert shown(till) == []
    till.online = True
    till.run()
    assert shown(till) == [NAME]


def test_a_hub_that_is_sealed_gives_no_pages_out(shop: Shop) -> None:
    """S-20: its key is gone from memory, so it cannot; batches it takes all the same."""
    hub, till, _ = shop.open()
    shop.hq.publish(member())
    hub.run()
    shop.offline()
    hub.clock.forward(hours=73)
    hub.run()
    assert terminal.read(hub.con).sealed_ms is not None
    till.sale()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.pages, report.hub.handed) == (0, 1)
    assert shown(till) == []
