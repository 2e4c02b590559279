"""A price other than the customer was told is announced, whatever was done when it came (T-25)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from posclient.actions import checkout, holding, login, payment, returning
from posclient.actions.holding import Answer
from posclient.errors import Refused
from tests.actions.kidswear import STORE, Shop, kept, member_row, sku

COAT, SHIRT = sku("A001"), sku("T001")


def test_manual_discount_and_payment_opens(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    assert checkout.discount(shop.till, "amount_off", 100, "线头").total == 25800
    shop.hq.price(COAT, 29900, "q")
    view = payment.open(shop.till)
    assert view.due == 29800
    assert view.moved == ("1",)


def test_needs_approval_then_approved(shop: Shop) -> None:
    shop.hq.setting("discount_limit_bp", 1000)
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT)
    checkout.discount(shop.till, "amount_off", 3000, "线头")
    shop.hq.price(COAT, 19900, "q")
    shop.hq.price(SHIRT, 6900, "q2")
    with pytest.raises(Refused, match="needs_approval"):
        payment.open(shop.till)
    view = payment.open(shop.till, login.approve(shop.till, "9999", "discount"))
    assert set(view.moved) == {"1", "2"}


def test_a_line_is_taken_out(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT)
    shop.hq.price(COAT, 29900, "q")
    view = checkout.remove(shop.till, "2")
    assert view.total == 29900
    assert view.moved == ("1",)


def test_fewer_pieces(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT, 2)
    shop.hq.price(COAT, 29900, "q")
    assert checkout.set_quantity(shop.till, "2", 1).moved == ("1",)


def test_a_recall_is_answered(shop: Shop) -> None:
    """A lease of quite another member is called back, by the cycle that brings the price."""
    shop.hq.setting("coupon_leases", True)
    shop.hq.coupon("K2", "M2", {"kind": "amount_off", "amount": 1000})
    checkout.set_member(shop.till, "M1")
    assert checkout.add(shop.till, COAT).total == 23900
    shop.hq.price(COAT, 29900, "q")
    end = (shop.clock.at + timedelta(days=3)).isoformat()
    row = {"coupon": "K2", "store": "S001", "not_after": end, "recalled": True}
    shop.hq.send(STORE, ("coupon_lease", "K2", row))
    done = returning.give_up(shop.till)
    assert done.given_up == 1
    assert done.view is not None
    assert done.view.total == 29900
    assert done.view.moved == ("1",)


def test_a_member_is_taken_away(shop: Shop) -> None:
    """Erased, or moved home."""
    checkout.set_member(shop.till, "M1")
    assert checkout.add(shop.till, COAT).total == 23900
    shop.hq.send(STORE, ("member", "M1", None))
    view = payment.open(shop.till)
    assert view.due == 25900
    assert view.moved == ("1",)


def test_a_member_is_united_with_one_of_another_tier(shop: Shop) -> None:
    shop.hq.send(STORE, member_row("M0", "王小明", "13912341235"))
    checkout.set_member(shop.till, "M1")
    assert checkout.add(shop.till, COAT).total == 23900
    shop.hq.send(STORE, ("member", "M1", None), ("member_alias", "M1", {"old": "M1", "new": "M0"}))
    view = payment.open(shop.till)
    assert view.due == 25900
    assert view.moved == ("1",)


@pytest.fixture
def leasing(shop: Shop) -> Shop:
    shop.hq.setting("coupon_leases", True)
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    checkout.add(shop.till, COAT)
    checkout.set_member(shop.till, "M1")
    return shop


def test_a_hold_ends(leasing: Shop) -> None:
    asked = holding.question(holding.line_changed(leasing.till, online=True))
    assert asked is not None
    until = leasing.clock.at + timedelta(minutes=10)
    view = holding.take(leasing.till, asked, Answer({"K1": kept("K1", until)}, time=leasing.clock.at))
    assert view.total == 22900
    leasing.clock.forward(minutes=10)
    view = payment.open(leasing.till)
    assert view.due == 23900
    assert view.moved == ("1",)


def test_a_lease_ends(leasing: Shop) -> None:
    row = {"coupon": "K1", "store": "S001", "not_after": (leasing.clock.at + timedelta(hours=1)).isoformat()}
    leasing.hq.send(STORE, ("coupon_lease", "K1", row))
    assert checkout.set_member(leasing.till, "M1").total == 22900
    leasing.clock.forward(hours=1)
    view = payment.open(leasing.till)
    assert view.due == 23900
    assert view.moved == ("1",)
