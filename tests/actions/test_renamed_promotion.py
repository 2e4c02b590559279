"""What the screen calls a discount is what the slip will call it."""

from __future__ import annotations

from posclient.actions import checkout, payment, receipts
from tests.actions.kidswear import GLOBAL, Shop, sku

RULE = {"id": "P1", "kind": "percent_off", "bp": 1000}


def test_a_promotion_that_hq_renames_has_one_name(shop: Shop) -> None:
    """While a cart is open, or being paid, and after a restart in between."""
    shop.hq.promotion(RULE, "双11")
    view = checkout.add(shop.till, sku("A001"))
    assert [one.name for one in view.discounts] == ["双11"]
    shop.hq.promotion(RULE, "黑五")
    view = payment.open(shop.till)
    assert [one.name for one in view.discounts] == ["黑五"]
    shop.hq.promotion(RULE, "清仓")
    view = checkout.view(shop.reopen())
    shown = [one.name for one in view.lines[0].discounts]
    payment.pay(shop.till, "cash")
    slip = receipts.receipt(shop.till, payment.complete(shop.till, view.cart_id).sale_id)
    assert [one.name for one in slip.lines[0].discounts] == shown == ["黑五"]


def test_a_promotion_that_hq_takes_away_keeps_its_name_while_it_is_paid(shop: Shop) -> None:
    """Its id says nothing to a customer."""
    shop.hq.promotion(RULE, "双11")
    checkout.add(shop.till, sku("A001"))
    payment.open(shop.till)
    shop.hq.send(GLOBAL, ("promotion", "P1", None))
    assert [one.name for one in payment.open(shop.till).discounts] == ["双11"]
