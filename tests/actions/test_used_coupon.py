"""A coupon that was used is known, and said to be used (T-51)."""

from __future__ import annotations

from posclient.actions import checkout, payment
from posclient.actions.views import ScanKind
from tests.actions.kidswear import Shop, sku

RULE = {"kind": "amount_off", "amount": 1000}


def said(shop: Shop) -> tuple[ScanKind, str, object]:
    found = checkout.scan(shop.till, "K1")
    return found.kind, found.code, dict(found.params or {}).get("reason")


def test_a_coupon_that_was_used_elsewhere_is_no_unknown_code(shop: Shop) -> None:
    shop.hq.coupon("K1", "M1", RULE, state="used")
    assert said(shop) == (ScanKind.REFUSED, "coupon_barred", "used_elsewhere")


def test_what_was_used_here_is_said_to_be_so_also_when_hq_knows(shop: Shop) -> None:
    """It was refused as used until HQ's row came, and was an unknown code from then on."""
    shop.hq.coupon("K1", "M1", RULE)
    checkout.add(shop.till, sku("A001"))
    view = checkout.scan(shop.till, "K1").view
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, view.cart_id)
    before = said(shop)
    shop.hq.coupon("K1", "M1", RULE, state="used")
    assert before == said(shop) == (ScanKind.REFUSED, "coupon_barred", "held")


def test_a_used_coupon_is_claimed_as_no_member(shop: Shop) -> None:
    shop.hq.setting("claimed_codes", [{"prefix": "K", "length": 2}])
    shop.hq.coupon("K1", "M1", RULE, state="used")
    assert said(shop)[1] == "coupon_barred"
    assert checkout.view(shop.till).claimed_code is None
