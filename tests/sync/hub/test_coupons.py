"""A coupon that the store leases, and several tills that want it while HQ is away (protocol.md, store hub; S-17)."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from posclient.db import hub_file
from posclient.db.hub_file import HubFile
from posclient.errors import LinkError
from sync.asking import HoldRequest
from sync.handed_on import HubHold
from sync.holding import Holder
from sync.hub.holds import LATE_S, Holds
from tests.sync.hq.till_at_hq import use
from tests.sync.hub.shop import Shop, ShopTill
from tests.sync.hub.test_hub_fails import hub_channel_tells


def asked(till: ShopTill, *coupons: str) -> tuple[list[str], list[tuple[str, str, str]]]:
    """What the till is told at the counter: held; coupon, code and till of the refused."""
    reply = Holder(till.folder).ask(HoldRequest(coupons=list(coupons)), till.sync.hold_at_hub).result(5)
    assert isinstance(reply, HubHold)
    assert reply.hub == "S001-1"
    return [one.coupon for one in reply.held], [(one.coupon, one.code, one.store) for one in reply.refused]


def test_of_the_stores_tills_the_first_that_asks_gets_it(shop: Shop) -> None:
    hub, till, other = shop.open()
    shop.offline()
    assert asked(till, "K1", "K2") == (["K1", "K2"], [])
    assert asked(till, "K1") == (["K1"], [])
    assert asked(other, "K1", "K3") == (["K3"], [("K1", "held_here", "S001-2")])
    assert asked(hub, "K2", "K3") == ([], [("K2", "held_here", "S001-2"), ("K3", "held_here", "S001-3")])
    assert asked(hub, "K4") == (["K4"], [])
    assert asked(other, "K4") == ([], [("K4", "held_here", "S001-1")])


def test_what_a_sale_has_used_is_gone_for_good_also_for_a_hub_that_starts_anew(shop: Shop) -> None:
    hub, till, other = shop.open()
    shop.offline()
    till.sale(coupons=(use("K1"),))
    till.through()
    hub.sync.close()
    assert hub.run().error is not None
    assert asked(other, "K1") == ([], [("K1", "used", "S001-2")])
    assert asked(till, "K1") == (["K1"], [])  # its own: whether it is offered at all is for the till to say
    hub.con.execute("PRAGMA foreign_keys = OFF")
    hub.con.execute("INSERT INTO coupon_use (sale, position, coupon, amount) VALUES (1, 1, 'K9', 100)")
    assert asked(other, "K9") == ([], [("K9", "used", "")])


def test_what_a_sale_has_used_is_gone_also_when_hq_has_the_sale(shop: Shop) -> None:
    """S-17: the hub has handed it on, and the line is gone again before anybody has heard HQ's page."""
    hub, till, other = shop.open()
    shop.offline()
    till.sale(coupons=(use("K1"),))
    till.through()
    hub.online = True
    hub.run()
    shop.offline()
    assert shop.at_hq() == {"S001-2": 1}
    assert asked(other, "K1") == ([], [("K1", "used", "S001-2")])
    assert asked(hub, "K1") == ([], [("K1", "used", "S001-2")])


def test_a_hub_remembers_so_many_used_coupons_and_all_that_hq_has_not_heard_of(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, till, _ = shop.open()
    monkeypatch.setattr(hub_file, "MOST_USED", 2)
    shop.offline()
    for coupon in ("K1", "K2", "K3"):
        till.sale(coupons=(use(coupon),))
        till.through()
    with closing(HubFile(hub.folder)) as file:
        keys = file.waiting()
        for key in keys[:2]:
            batch = file.batch(key)
            assert batch is not None
            file.answered(batch, "", "")
        assert [file.user_of(one) for one in ("K1", "K2", "K3")] == [None, "S001-2", "S001-2"]


def test_a_hold_is_over_after_ten_minutes_by_a_clock_that_only_runs_on(shop: Shop, tmp_path: Path) -> None:
    """And no other till has it before a sale of the last second could have been handed in."""
    hub, *_ = shop.open()
    now = [0.0]
    holds = Holds(hub.folder, lambda: now[0])
    with closing(HubFile(hub.folder)) as file:
        assert holds.hold(file, "S001-2", ["K1"]).held == ["K1"]
        now[0] = 599.0 + LATE_S
        (said,) = holds.hold(file, "S001-3", ["K1"]).refused
        assert (said.terminal, said.seconds) == ("S001-2", 1.0)
        now[0] = 600.0 + LATE_S
        assert holds.hold(file, "S001-3", ["K1"]).held == ["K1"]


def test_old_carts_are_forgotten(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, *_ = shop.open()
    now = [0.0]
    holds = Holds(hub.folder, lambda: now[0])
    monkeypatch.setattr("sync.hub.holds.MOST_HOLDS", 2)
    with closing(HubFile(hub.folder)) as file:
        holds.hold(file, "S001-2", ["K1", "K2", "K3"])
        now[0] = 600.0 + LATE_S
        holds.hold(file, "S001-2", ["K4"])
    assert list(holds._held) == ["K4"]


def test_without_a_hub_that_answers_nobody_waits_longer_than_a_second(shop: Shop) -> None:
    """The lease alone counts then, as for a till alone."""
    hub, till, _ = shop.open()
    shop.offline()
    hub.sync.close()
    began = time.monotonic()
    with pytest.raises(LinkError, match="hub_unreachable"):
        asked(till, "K1")
    assert time.monotonic() - began < 2
    till.clock.forward(days=40)
    with pytest.raises(LinkError, match="hub_unreachable"):
        asked(till, "K1")


@pytest.mark.parametrize("coupons", [["K"] * 201, ["K" * 201], [1], "K1"])
def test_a_question_without_bounds_is_refused(shop: Shop, coupons: list[str]) -> None:
    _, till, _ = shop.open()
    with till.reached() as line, pytest.raises(LinkError) as error:
        line._ask({"call": "hold", "coupons": coupons})
    assert error.value.params["why"] == "bad_request"


def test_a_hub_that_hears_that_it_is_one_no_more_asks_the_new_one_at_once(shop: Shop) -> None:
    """Its own next cycle may be minutes away; until then its counter and the new hub's would both be given a coupon."""
    hub, till, other = shop.open()
    hub.online = False
    before = till.appointment()
    shop.appoint("S001-3")
    for one in (other, till):
        assert one.run().error is None
    shop.offline()
    hub_channel_tells(till, before)
    assert hub.sync._hub.is_hub
    said = [one.sync.hold_at_hub(HoldRequest(coupons=["K1"])) for one in (till, hub)]
    assert [(one.hub, [held.coupon for held in one.held]) for one in said if isinstance(one, HubHold)] == [
        ("S001-3", ["K1"]), ("S001-3", []),
    ]  # fmt: skip
