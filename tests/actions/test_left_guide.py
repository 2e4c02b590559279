"""A member's own guide who has left, or works elsewhere now: whose are the performance and the follow-ups (C5, G6)?"""

from __future__ import annotations

import json

import pytest

from posclient.actions import checkout, payment, valet
from posclient.db import sales
from posclient.domain.sale import Sale
from tests.actions.kidswear import STORE, Shop, member_row, sku, staff_row

COAT = sku("A001")


def sold(shop: Shop, member: str = "M1", guide: str | None = "G1") -> Sale:
    checkout.set_member(shop.till, member)
    view = checkout.add(shop.till, COAT)
    checkout.set_guide(shop.till, guide)
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    sale = sales.by_id(shop.till.db, payment.complete(shop.till, view.cart_id).sale_id)
    assert sale is not None
    return sale


def shares(sale: Sale) -> dict[str, int]:
    return {one.guide: one.amount for one in sale.shares}


def owners(sale: Sale) -> set[str]:
    return {one.owner for one in sale.tasks}


@pytest.fixture
def shared(shop: Shop) -> Shop:
    shop.hq.setting("own_guide_bp", 2000)
    return shop


@pytest.fixture
def left(shared: Shop) -> Shop:
    """HQ says that 王, the own guide of M1, works here no more."""
    table, key, row = staff_row("G2", "王", "2222", "guide")
    shared.hq.send(STORE, (table, key, {**row, "active": False}))
    return shared


def test_who_has_left_shares_in_nothing(left: Shop) -> None:
    sale = sold(left)
    assert shares(sale) == {"G1": 23900}
    assert owners(sale) == {"G1"}
    assert sale.own_guide == "G2", "what HQ has recorded is still told"


def test_nor_in_a_valet_order(left: Shop) -> None:
    valet.place(left.till, ((COAT, 1),), "M1", None, 0, "G1")
    (body,) = left.rows("SELECT body FROM fact WHERE kind = 'ValetOrderPlaced'")[0]
    assert {one["guide"]: one["amount"] for one in json.loads(body)["shares"]} == {"G1": 23900}


def test_where_nobody_sold_the_manager_still_sees_the_follow_up(left: Shop) -> None:
    assert owners(sold(left, guide=None)) == {"G2"}


def test_a_guide_of_another_store_shares_and_calls_their_guests(shared: Shop) -> None:
    shared.hq.send(STORE, member_row("M3", "赵六", "13700000003", own_guide="G7", home_store="S002"))
    sale = sold(shared, "M3")
    assert shares(sale) == {"G1": 20720, "G7": 5180}
    assert owners(sale) == {"G7"}, "HQ takes it to their store"


def test_who_has_changed_stores_shares_and_leaves_the_calls_here(shared: Shop) -> None:
    """HQ leaves the follow-ups of this store's members here, where that guide is not."""
    shared.hq.send(STORE, member_row("M3", "赵六", "13700000003", own_guide="G7"))
    sale = sold(shared, "M3")
    assert shares(sale) == {"G1": 20720, "G7": 5180}
    assert owners(sale) == {"G1"}


def test_the_own_guide_who_is_here_has_both(shared: Shop) -> None:
    sale = sold(shared)
    assert shares(sale) == {"G1": 19120, "G2": 4780}
    assert owners(sale) == {"G2"}
