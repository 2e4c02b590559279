"""Whatever HQ sends as a rule stops no sale."""

from __future__ import annotations

from typing import Any

import pytest

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


@pytest.mark.parametrize(
    "more", [{"weekdays": [6]}, {"min_pieces": 3}, {"steps": [{"spend": 100, "save": 50, "most_pieces": 1}]}], ids=str
)
def test_a_rule_that_says_more_than_this_till_reads_is_left_aside(more: dict[str, Any], shop: Shop) -> None:
    """A later HQ's: passed over, the key would make it good for more than HQ meant."""
    rule = {"kind": "spend_save", "steps": [{"spend": 100, "save": 50}], **more}
    shop.hq.promotion({"id": "P1", **rule})
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 700, **more})
    view = checkout.set_member(shop.till, "M1")
    assert checkout.add(shop.till, COAT).total == 23900
    assert view.member is not None
    assert [(one.id, one.reason) for one in view.member.coupons] == [("K1", "unknown_kind")]
    assert shop.rows("SELECT count(*) FROM fact WHERE kind = 'RuleSkipped'") == [(2,)]


@pytest.mark.parametrize("more", [{"weekdays": None, "members": False, "shops": []}, {"x-note": "for Ann"}], ids=str)
def test_what_a_rule_says_to_nobody_here_changes_nothing(more: dict[str, Any], shop: Shop) -> None:
    """Null, false and empty are as good as left out; ``x-`` is the chain's own."""
    shop.hq.promotion({"id": "P1", "kind": "amount_off", "amount": 900, **more})
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 700, **more})
    checkout.set_member(shop.till, "M1")
    assert checkout.add(shop.till, COAT).total == 23900 - 900 - 700
    assert shop.rows("SELECT count(*) FROM fact WHERE kind = 'RuleSkipped'") == [(0,)]
