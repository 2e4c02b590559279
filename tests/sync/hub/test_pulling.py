"""HQ's pages by way of the hub: proved by HQ's signature, from the till's own cursor on."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest
import zstandard

from posclient.db.at_rest import OwnKey
from posclient.db.hub_file import HUB_FILE, KeptPage
from posclient.errors import LinkError
from sync.accepting import Accepted
from sync.handed_on import SharedPage
from sync.hq.feeds import Change
from sync.hq.pruning import prune
from sync.hub.keeping import Pages
from sync.transport import HttpHq
from tests.sync.hub.shop import Shop, ShopTill
from tests.sync.test_moved_store import priced
from tests.sync.tills import HandClock, tiers


def names(till: ShopTill) -> dict[str, str]:
    return dict(till.rows("SELECT key, name FROM tier"))


def setting(name: str, value: object) -> Change:
    return Change("store:S001", "setting", f"S001/{name}", {"name": name, "value": value})


def test_a_till_that_was_off_catches_up_from_the_hub(shop: Shop) -> None:
    """Renamed, removed and new rows, in two pulls of the hub; the till's cursor lies within neither's begin."""
    hub, till, _ = shop.open()
    shop.hq.publish(*tiers(range(3), "first"))
    hub.run()
    shop.hq.publish(*tiers(range(2, 4), "second"), Change("global", "tier", "T9", None), setting("max_coupons", 2))
    hub.run()
    shop.offline()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.pages, report.hub.held, report.hub.error) == (3, (), None)
    assert names(till) == names(hub)
    assert (names(till)["T2"], "T9" in names(till)) == ("second", False)
    assert till.rows("SELECT value FROM setting WHERE key = 'S001/max_coupons'") == [("2",)]
    cursors = "SELECT feed, version, rows, checksum FROM feed_cursor WHERE feed NOT LIKE 'terminal:%' ORDER BY feed"
    assert till.rows(cursors) == hub.rows(cursors)
    again = till.through()
    assert again.hub is not None
    assert again.hub.pages == 0


def test_a_page_that_began_before_the_tills_cursor_gives_its_rest(shop: Shop) -> None:
    hub, till, _ = shop.open()
    shop.hq.publish(*tiers(range(6), "first"))
    till.run()
    shop.hq.publish(*tiers(range(4), "second"))
    hub.run()
    shop.offline()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.pages, report.hub.held) == (1, ())
    assert names(till) == names(hub)


def test_the_effect_of_own_sales_is_counted_once(shop: Shop) -> None:
    """protocol.md, pull: ``applied_seq`` of the till that asks, not of the hub."""
    hub, till, _ = shop.open()
    shop.hq.publish(*tiers(range(1), "first"))
    till.sale()
    till.run()
    shop.offline()
    till.sale()
    till.through()
    hub.online = True
    hub.run()
    shop.hq.publish(setting("max_coupons", 2))
    hub.run()
    hub.online = False
    till.sale()
    till.through()
    seen = dict(till.rows("SELECT feed, applied_seq FROM feed_cursor"))
    assert seen["store:S001"] == 2  # two of three are in HQ's page, which came through the hub


def test_an_answer_to_one_till_is_never_kept_for_another(shop: Shop) -> None:
    hub, till, _ = shop.open()
    shop.hq.publish(Change("terminal:S001-1", "fact_outcome", "F1", {"fact": "F1", "code": "odd", "detail": {}}))
    hub.run()
    shop.offline()
    with till.reached() as line:
        assert line.page("terminal:S001-1", "", 0) is None
    file = hub.hub_file()
    assert {feed for (feed,) in file.con.execute("SELECT DISTINCT feed FROM page")} <= {"global", "store:S001"}
    file.close()


def test_pages_lie_sealed_on_the_hubs_disk(shop: Shop) -> None:
    """S-20: a store's pages hold members' data."""
    hub, *_ = shop.open()
    shop.hq.publish(setting("return_rules", "A-WORD-TO-LOOK-FOR"))
    hub.run()
    on_disk = b"".join(path.read_bytes() for path in hub.folder.glob(f"{HUB_FILE}*"))
    assert b"store:S001" in on_disk
    assert b"A-WORD-TO-LOOK-FOR" not in on_disk
    file = hub.hub_file()
    row = file.con.execute("SELECT epoch, after FROM page WHERE feed = 'store:S001' ORDER BY upto DESC").fetchone()
    assert Pages(hub.folder, OwnKey(b"x" * 32)).find(file, "store:S001", *row) is None  # a key that was lost
    file.close()


def test_a_hub_that_changes_a_page_is_not_believed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub is one till of many: a price of its own making goes nowhere."""
    hub, till, _ = shop.open()
    shop.hq.publish(*tiers(range(3), "cheap"))
    hub.run()
    shop.offline()
    honest = Pages.find

    def forged(self: Pages, *asked: object) -> object:
        found = honest(self, *asked)  # type: ignore[arg-type]
        if found is None:
            return None
        text = zstandard.ZstdDecompressor().decompress(found[0]).replace(b"cheap", b"gifts")
        return zstandard.ZstdCompressor().compress(text), found[1]

    monkeypatch.setattr(Pages, "find", forged)
    report = till.through()
    assert report.hub is not None
    assert isinstance(report.hub.error, LinkError)
    assert (report.hub.error.code, report.hub.error.params["why"]) == ("not_hub", "signature")
    assert set(names(till).values()) == {"tier"}


def test_a_pull_that_would_take_much_away_waits_for_hq(shop: Shop) -> None:
    """S-11: the guard against mass deletes holds whoever brings the page."""
    hub, till, other = shop.open()
    shop.hq.publish(*tiers(range(1000)))
    shop.settle()
    shop.hq.publish(*(Change("global", "tier", f"T{n}", None) for n in range(900)))
    hub.sync.run(accept=Accepted(everything=True))
    shop.offline()
    report = till.through()
    assert report.hub is not None
    assert [(one.feed, one.code) for one in report.hub.held] == [("global", "mass_delete")]
    assert json.dumps(report.as_json())
    assert len(names(till)) == 1000
    other.online = True
    assert [one.code for one in other.run().held] == ["mass_delete"]


def test_a_pull_that_would_give_everything_away_waits_for_hq(shop: Shop) -> None:
    """S-11: prices of 0, whoever brings the page."""
    hub, till, _ = shop.open()
    shop.hq.publish(*priced("z1", 500, range(300)))
    shop.settle()
    shop.hq.publish(*priced("z1", 0, range(300)))
    hub.sync.run(accept=Accepted(everything=True))
    shop.offline()
    report = till.through()
    assert report.hub is not None
    assert [(one.feed, one.code) for one in report.hub.held] == [("zone:z1", "zero_prices")]
    assert till.rows("SELECT count(*) FROM price WHERE price = 0") == [(0,)]


def test_an_hq_that_knows_no_hubs_loses_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """protocol.md, store hub: all of it is optional. No pages are kept then, and the hub's own sync goes on."""
    hub, till, _ = shop.open()

    def unknown(*_asked: object) -> None:
        raise LinkError("bad_request", error="not_found", status=404)

    monkeypatch.setattr(HttpHq, "signed_page", unknown)
    shop.hq.publish(*tiers(range(3), "first"))
    assert hub.run().error is None
    shop.offline()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.pages, report.hub.error) == (0, None)


def member(key: str, name: str | None) -> Change:
    values: dict[str, Any] = {
        "id": key, "code": f"C{key}", "name": name, "phone": "13912341234", "birthday": None, "tier": "basic",
        "points": 0, "stored_value": 0, "own_guide": None, "home_store": "S001", "tags": [],
    }  # fmt: skip
    return Change("store:S001", "member", key, values if name else None)


def kept_rows(hub: ShopTill) -> list[tuple[str, bool]]:
    """Members in the pages that a hub keeps: key, and whether it is more than a tombstone."""
    pages = Pages(hub.folder, hub.sync._keeper.own)
    file = hub.hub_file()
    found = []
    for _, kept in file.pages_of("store:S001"):
        text, _ = pages.find(file, kept.feed, kept.epoch, kept.after) or (b"", "")
        rows = json.loads(zstandard.ZstdDecompressor().decompressobj().decompress(text))["rows"]
        found += [(row["k"], row["d"] is not None) for row in rows if row["t"] == "member"]
    file.close()
    return found


def test_a_member_who_is_forgotten_is_in_no_page_of_the_hub(shop: Shop) -> None:
    """protocol.md, identity: what HQ takes from its feeds is not kept behind its back."""
    hub, till, _ = shop.open()
    for key in ("M1", "M2"):
        shop.hq.publish(member(key, f"Name of {key}"))
        hub.run()
    assert set(kept_rows(hub)) == {("M1", True), ("M2", True)}
    shop.hq.publish(member("M1", None))
    hub.run()
    assert sorted(kept_rows(hub)) == [("M1", False), ("M2", True)]
    shop.offline()
    report = till.through()  # it never had the member, and waits for HQ with this feed
    assert report.hub is not None
    assert report.hub.error is None
    assert till.rows("SELECT key FROM member") == []
    gone = SharedPage.model_validate({
        "feed": "store:S001", "epoch": "e", "from": 8, "to": 9, "head": 9, "count": 0, "checksum": 0, "applied_seq": 0,
        "time": "2026-11-26T00:00:00Z", "rows": [{"t": "member", "k": "M2", "v": 9, "d": None}], "applied": [],
    })  # fmt: skip
    Pages(hub.folder, OwnKey()).keep(gone, "", "")  # sealed: it cannot look inside, and keeps none
    assert kept_rows(hub) == []


@pytest.mark.parametrize("successor", ["S001-2", None])
def test_a_hub_of_before_keeps_no_page(shop: Shop, successor: str | None) -> None:
    """It pulls for itself alone now: a member who is forgotten at HQ would lie in its pages for ever."""
    hub, till, _ = shop.open()
    shop.hq.publish(*tiers(range(3), "first"))
    hub.run()
    with closing(hub.hub_file()) as file:
        assert list(file.pages_of("global"))
    till.online = False
    till.note()
    till.through()
    shop.hq.hq.hubs.appoint("S001", successor, "127.0.0.1:9")
    hub.run()
    with closing(hub.hub_file()) as file:
        assert file.con.execute("SELECT count(*) FROM page").fetchone() == (0,)
    assert shop.at_hq() == {"S001-2": 1}


def test_pages_are_forgotten_after_a_fortnight(shop: Shop) -> None:
    hub, *_ = shop.open()
    file = hub.hub_file()
    for day in (0, 13, 15):
        file.keep_page(KeptPage("global", "e", day, day + 1, day * 86_400_000, "", b""))
    assert [kept.after for _, kept in file.pages_of("global") if kept.epoch == "e"] == [13, 15]
    file.close()


def test_no_page_of_the_hub_leads_past_what_went_meanwhile(shop: Shop) -> None:
    """HQ dropped a tombstone that neither has seen: the hub takes a snapshot, and what it keeps begins behind it."""
    hub, till, _ = shop.open()
    clock = HandClock()
    shop.hq.publish(Change("global", "tier", "T9", None))
    for days in (0, 180):
        clock.forward(days=days)
        prune(shop.hq.database, clock, lambda: False)
    hub.run()
    assert "T9" not in names(hub)
    shop.hq.publish(*tiers(range(2), "new"))
    hub.run()
    shop.offline()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.pages, report.hub.held, names(till)["T0"]) == (0, (), "tier")
    till.online = True
    till.run()
    assert names(till) == names(hub)
