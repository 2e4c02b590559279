"""Whatever HQ sends as a rule stops no sale."""

from __future__ import annotations

from posclient.actions import checkout, payment
from posclient.domain.pricing import price, quote_json, read_basket
from tests.actions.kidswear import Shop, sku

COAT = sku("A001")


def test_a_group_of_which_any_number_may_be_used(shop: Shop) -> None:
    """S-5: HQ says so by a number that no machine counts to; coupons enough to be looked at by the hundred."""
    shop.hq.setting("max_coupons", 3)
    shop.hq.setting("group_max", {"g": 10**30})
    for n in range(12):
        shop.hq.coupon(f"K{n:02}", "M1", {"kind": "amount_off", "amount": 100 + n, "group": "g"})
    checkout.set_member(shop.till, "M1")
    assert checkout.add(shop.till, COAT).coupon_off == 109 + 110 + 111
    payment.open(shop.till)
    priced = shop.till.selling.frozen().priced
    assert quote_json(price(read_basket(priced["basket"]))) == priced["quote"], "anyone can check it"
