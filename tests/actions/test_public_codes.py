"""A public code is a rule that anybody may use, any number of times, member or not (protocol.md, coupons)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from posclient.actions import checkout, payment
from posclient.actions.holding import question
from posclient.actions.views import CartView, ScanKind
from posclient.db import sales
from posclient.errors import NotFound
from tests.actions.kidswear import STORE, Shop, sku

COAT = sku("A001")  # 259.00; 239.00 for gold
CODE = {"kind": "amount_off", "amount": 2000}


def announce(shop: Shop, code: str = "SPRING", rule: dict[str, Any] = CODE, **values: Any) -> None:
    shop.hq.coupon(code, "", rule, single_use=False, **values)


def shown(view: CartView) -> list[tuple[str, str, str, str]]:
    return [(one.id, one.state, one.choice, one.reason) for one in view.coupons]


def sell(shop: Shop) -> tuple[str, int]:
    """Id and total of the open cart's sale."""
    view = checkout.view(shop.till)
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    return payment.complete(shop.till, view.cart_id).sale_id, view.total


def body_of(shop: Shop, sale: str) -> Any:
    return next(
        content
        for (body,) in shop.rows("SELECT body FROM fact WHERE kind = 'SaleCompleted'")
        if (content := json.loads(body))["id"] == sale
    )


def test_a_stranger_uses_a_code_and_the_next_one_does_too(shop: Shop) -> None:
    announce(shop)
    for _ in range(2):
        checkout.add(shop.till, COAT)
        found = checkout.scan(shop.till, "SPRING")
        assert (found.kind, found.code, found.view.member) == (ScanKind.COUPON, "", None)
        assert shown(found.view) == [("SPRING", "used", "pinned", "")]
        sale, total = sell(shop)
        assert total == 23900
        body = body_of(shop, sale)
        assert [(one["coupon"], one["amount"]) for one in body["coupons"]] == [("SPRING", 2000)]
        assert body["rights"] == [{"coupon": "SPRING", "right": "public", "approver": None}]
        discounts = [one.name for line in sales.by_id(shop.till.db, sale).lines for one in line.discounts]  # type: ignore[union-attr]
        assert discounts == ["券SPRING"]
    assert shown(checkout.view(shop.till)) == []


def test_the_same_code_twice_is_there_once(shop: Shop) -> None:
    announce(shop)
    checkout.add(shop.till, COAT)
    for _ in range(2):
        found = checkout.scan(shop.till, "SPRING")
    assert (found.view.coupon_off, len(found.view.coupons)) == (2000, 1)


def test_two_codes_stack_as_coupons_do(shop: Shop) -> None:
    announce(shop)
    announce(shop, "AUTUMN", {"kind": "percent_off", "bp": 1000})
    checkout.add(shop.till, COAT)
    checkout.scan(shop.till, "SPRING")
    assert checkout.scan(shop.till, "AUTUMN").code == "impossible_pin"  # one coupon a sale, unless the chain says more
    shop.hq.setting("max_coupons", 2)
    assert checkout.scan(shop.till, "AUTUMN").view.total == 25900 - 2590 - 2000


def test_a_code_stays_whoever_is_served_and_goes_with_members_coupons(shop: Shop) -> None:
    """Their own coupon is the better one, but what was shown is insisted on; let go, the till chooses."""
    announce(shop)
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 5000})
    checkout.add(shop.till, COAT)
    checkout.scan(shop.till, "SPRING")
    view = checkout.set_member(shop.till, "M1")
    assert shown(view) == [("SPRING", "used", "pinned", ""), ("K1", "unused", "auto", "worse")]
    view = checkout.choose_coupon(shop.till, "SPRING", "auto")
    assert shown(view) == [("SPRING", "unused", "auto", "worse"), ("K1", "used", "auto", "")]
    checkout.choose_coupon(shop.till, "K1", "excluded")
    view = checkout.set_member(shop.till, None)
    assert (shown(view), view.total) == ([("SPRING", "used", "auto", "")], 23900)
    assert [one.id for one in checkout.claim(shop.till, "QL77777777").view.coupons] == ["SPRING"]


def test_a_code_says_why_it_takes_nothing_off(shop: Shop) -> None:
    """T-51: a threshold, another store, a day that is past, a rule of tomorrow."""
    now = shop.clock.now()
    announce(shop, "MUCH", CODE | {"min_spend": 30000})
    announce(shop, "THERE", CODE | {"stores": ["S002"]})
    announce(shop, "PAST", CODE, until=(now - timedelta(days=1)).isoformat())
    announce(shop, "NEW", {"kind": "of_tomorrow"})
    checkout.add(shop.till, COAT)
    for code, reason in (("MUCH", "min_spend"), ("THERE", "not_live"), ("PAST", "not_live")):
        found = checkout.scan(shop.till, code)
        assert (found.code, dict(found.params or {})["reason"]) == ("coupon_waits", reason)
        checkout.choose_coupon(shop.till, code, "auto")
    found = checkout.scan(shop.till, "NEW")
    assert (found.kind, found.code) == (ScanKind.REFUSED, "coupon_barred")
    assert dict(found.params or {})["reason"] == "unknown_kind"
    assert shop.rows("SELECT count(*) FROM fact WHERE kind = 'RuleSkipped'") == [(1,)]
    assert checkout.add(shop.till, COAT).coupon_off == 2000


def test_a_code_is_left_out_and_taken_in_again(shop: Shop) -> None:
    announce(shop)
    checkout.add(shop.till, COAT)
    checkout.scan(shop.till, "SPRING")
    assert shown(checkout.choose_coupon(shop.till, "SPRING", "excluded")) == [
        ("SPRING", "unused", "excluded", "excluded")
    ]
    assert checkout.scan(shop.till, "SPRING").view.coupon_off == 2000
    with pytest.raises(NotFound, match="unknown_coupon"):
        checkout.choose_coupon(shop.till, "OTHER", "pinned")


def test_a_code_survives_a_restart_also_while_it_is_paid(shop: Shop) -> None:
    announce(shop)
    checkout.add(shop.till, COAT)
    before = shown(checkout.scan(shop.till, "SPRING").view)
    shop.reopen()
    assert shown(checkout.view(shop.till)) == before
    payment.open(shop.till)
    shop.reopen()
    view = checkout.view(shop.till)
    assert (shown(view), view.paying, view.total) == (before, True, 23900)
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, view.cart_id)


def test_hq_is_asked_for_nothing(shop: Shop) -> None:
    """Where the chain leases coupons, and offline: a public code needs nobody's word."""
    shop.hq.setting("coupon_leases", True)
    announce(shop)
    checkout.add(shop.till, COAT)
    view = checkout.scan(shop.till, "SPRING").view
    assert (view.coupon_off, view.coupons[0].right, question(view)) == (2000, None, None)
    view = payment.open(shop.till)
    assert (question(view), view.unconfirmed) == (None, ())


def test_what_hq_takes_back_or_changes_meanwhile_counts_at_once(shop: Shop) -> None:
    announce(shop)
    checkout.add(shop.till, COAT)
    checkout.scan(shop.till, "SPRING")
    announce(shop, "SPRING", CODE | {"amount": 3000})
    view = checkout.add(shop.till, COAT)
    assert (view.coupon_off, len(view.moved)) == (3000, 0)  # the one line is the one that was touched
    shop.hq.send(STORE, ("coupon", "SPRING", None))
    view = checkout.add(shop.till, COAT)
    assert (view.coupon_off, shown(view)) == (0, [])
    assert checkout.scan(shop.till, "SPRING").kind is ScanKind.UNKNOWN


def test_a_code_that_ends_while_the_cart_is_open_is_told(shop: Shop) -> None:
    announce(shop, until=(shop.clock.now() + timedelta(minutes=5)).isoformat())
    checkout.add(shop.till, COAT)
    assert checkout.scan(shop.till, "SPRING").view.coupon_off == 2000
    shop.clock.forward(minutes=10)
    view = checkout.add(shop.till, sku("T001"))
    assert (view.coupon_off, len(view.moved), shown(view)[0][3]) == (0, 1, "not_live")


def test_single_use_by_anybody_is_none(shop: Shop) -> None:
    """A coupon of no member that is for one use: nobody has a right to it."""
    shop.hq.coupon("K9", "", CODE)
    assert checkout.scan(shop.till, "K9").kind is ScanKind.UNKNOWN


def test_two_codes_that_go_with_another_price_let_the_member_go(shop: Shop) -> None:
    """For gold the coat is too cheap for the first of them; without gold both would be good, and only one may be."""
    shop.hq.setting("max_coupons", 3)
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    announce(shop, "P1", {**CODE, "min_spend": 25000, "group": "g"})
    announce(shop, "P2", {**CODE, "group": "g"})
    checkout.add(shop.till, COAT)
    checkout.set_member(shop.till, "M1")
    for code in ("K1", "P1", "P2"):
        assert checkout.scan(shop.till, code).kind is ScanKind.COUPON
    view = checkout.set_member(shop.till, None)
    assert (view.member, view.total) == (None, 23900)
