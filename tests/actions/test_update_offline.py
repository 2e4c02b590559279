"""The till after an update, with no line to HQ: it sells on with what it has (S-27)."""

from functools import partial
from pathlib import Path

import pytest

from posclient.actions import checkout, payment, status
from posclient.db import live_cache
from posclient.db.cache_steps import STEPS, bring_up
from tests.actions.kidswear import OPENING, Shop, StandingClock, make_folder, open_shop, sku
from tests.db.test_cache_steps import NEXT, RELEASED, keep


def sells(shop: Shop) -> tuple[str, int]:
    """A coat for a gold member with their coupon: who it was, and what was paid."""
    checkout.set_member(shop.till, "M1")
    view = checkout.add(shop.till, sku("A001"))
    assert view.member
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    return view.member.member.name, payment.complete(shop.till, view.cart_id).total


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A till on the evening before an update, closed."""
    clock = StandingClock(OPENING)
    hq = make_folder(tmp_path, clock)
    opened = Shop(tmp_path, clock, hq, open_shop(tmp_path, clock))
    opened.till.close()
    return opened


def test_a_new_program_with_another_form_of_the_cache_sells_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-27: no HQ, no load; articles, prices, members and staff are those of the evening before."""
    monkeypatch.setattr(live_cache, "bring_up", partial(bring_up, steps=(*STEPS, NEXT)))
    shop.till = open_shop(shop.folder, shop.clock)
    assert sells(shop) == ("王小明", 23900)
    shop.till.close()


@pytest.mark.parametrize("version", RELEASED)
def test_the_cache_of_every_release_sells(version: int, shop: Shop) -> None:
    """S-27: staff, articles, tier prices, a coupon under its lease, of files that those programs left."""
    keep(shop.folder, version)
    shop.till = open_shop(shop.folder, shop.clock)
    assert status.status(shop.till).store_name == "南京东路店"
    assert sells(shop) == ("王小明", 20900)
    shop.till.close()
