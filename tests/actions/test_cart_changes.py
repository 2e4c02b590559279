"""What a person does to the open cart, and what HQ does to it meanwhile."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from posclient.actions import checkout, payment
from posclient.db import sales
from posclient.errors import InputError, NotFound
from tests.actions.kidswear import GLOBAL, STORE, ZONE, Shop, member_row, sku

COAT, SHIRT, LEGGINGS = sku("A001"), sku("T001"), sku("R001")


def test_another_member_reprices_the_whole_cart(shop: Shop) -> None:
    """T-25: the gold member's price comes and goes with the member."""
    assert checkout.add(shop.till, COAT, 2).total == 51800
    gold = checkout.set_member(shop.till, "M1")
    assert (gold.total, gold.member_off, gold.lines[0].member_price) == (47800, 4000, True)
    assert checkout.set_member(shop.till, "M2").total == 51800
    assert checkout.set_member(shop.till, None).member is None
    with pytest.raises(NotFound, match="unknown_member"):
        checkout.set_member(shop.till, "M9")


def test_another_member_forgets_what_was_pinned(shop: Shop) -> None:
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    checkout.add(shop.till, COAT)
    checkout.set_member(shop.till, "M1")
    assert checkout.choose_coupon(shop.till, "K1", "excluded").coupon_off == 0
    assert checkout.choose_coupon(shop.till, "K1", "auto").coupon_off == 1000
    checkout.choose_coupon(shop.till, "K1", "pinned")
    assert checkout.set_member(shop.till, "M1").member == checkout.view(shop.till).member
    checkout.set_member(shop.till, "M2")
    back = checkout.set_member(shop.till, "M1")
    assert back.member is not None
    assert back.member.coupons[0].choice == "auto"
    with pytest.raises(NotFound, match="unknown_coupon"):
        checkout.choose_coupon(shop.till, "K9", "pinned")


def test_a_price_from_hq_waits_for_the_next_change_and_is_told(shop: Shop) -> None:
    """T-25, architecture.md: a feed page never changes an open cart by itself; then the line is announced."""
    checkout.add(shop.till, COAT)
    shop.hq.price(COAT, 19900, "q-lower")
    assert checkout.view(shop.till).total == 25900
    view = checkout.add(shop.till, SHIRT)
    assert (view.total, view.moved, view.touched) == (25800, ("1",), "2")
    assert checkout.add(shop.till, SHIRT).moved == ()


def test_a_price_from_hq_is_told_when_payment_opens(shop: Shop) -> None:
    """T-25: also that of the line which was scanned last."""
    checkout.add(shop.till, SHIRT)
    checkout.add(shop.till, COAT)
    shop.hq.price(COAT, 19900, "q-lower")
    view = payment.open(shop.till)
    assert (view.due, view.moved, view.touched) == (25800, ("2",), "2")


def test_a_price_changes_at_its_hour_without_any_sync(shop: Shop) -> None:
    """T-25: prices carry from and until, so a till that is offline changes them too."""
    shop.hq.price(COAT, 9900, "q-night", shop.clock.now() + timedelta(hours=2))
    assert checkout.add(shop.till, COAT).total == 25900
    shop.clock.forward(hours=3)
    view = checkout.add(shop.till, SHIRT)
    assert (view.lines[0].net, view.moved) == (9900, ("1",))


def test_the_end_of_a_promotion_is_told(shop: Shop) -> None:
    ends = (shop.clock.now() + timedelta(hours=1)).isoformat()
    shop.hq.promotion(
        {"id": "P1", "kind": "percent_off", "bp": 1000, "until": ends, "include": ["category:coat"]}, "九折"
    )
    view = checkout.add(shop.till, COAT)
    assert [(one.name, one.amount) for one in view.lines[0].discounts] == [("九折", 2590)]
    assert checkout.add(shop.till, SHIRT).moved == ()
    shop.clock.forward(hours=1)
    assert checkout.add(shop.till, SHIRT).moved == ("1",)


def test_what_an_added_article_does_is_not_announced(shop: Shop) -> None:
    shop.hq.promotion({"id": "P1", "kind": "bundle_price", "size": 2, "price": 9900, "include": ["category:top"]})
    checkout.add(shop.till, SHIRT)
    view = checkout.add(shop.till, sku("T001", "BLUE"))
    assert (view.total, view.moved) == (9900, ())


def test_the_clock_put_back_brings_no_promotion_back(shop: Shop) -> None:
    """S-16: validity is judged by the latest time ever used."""
    ends = (shop.clock.now() + timedelta(hours=1)).isoformat()
    shop.hq.promotion({"id": "P1", "kind": "percent_off", "bp": 1000, "until": ends})
    shop.clock.forward(hours=2)
    view = checkout.add(shop.till, COAT)
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, view.cart_id)
    shop.clock.forward(days=-300)
    assert checkout.add(shop.till, COAT).total == 25900
    shop.reopen()
    assert checkout.add(shop.till, COAT).total == 2 * 25900


def test_a_kind_that_is_not_known_stops_no_sale_and_is_reported_once(shop: Shop) -> None:
    """T-42, pricing.md: a new kind at HQ is skipped and told, once for ever."""
    shop.hq.promotion({"id": "P1", "kind": "moon_phase", "bp": 1})
    shop.hq.promotion({"id": "P2", "kind": "percent_off", "bp": "much"})
    shop.hq.coupon("K1", "M1", {"kind": "riddle"})
    checkout.add(shop.till, COAT)
    view = checkout.set_member(shop.till, "M1")
    assert view.total == 23900
    assert view.member is not None
    assert [(one.id, one.reason) for one in view.member.coupons] == [("K1", "unknown_kind")]
    shop.reopen()
    checkout.add(shop.till, COAT)
    told = [json.loads(body) for (body,) in shop.rows("SELECT body FROM fact WHERE kind = 'RuleSkipped' ORDER BY seq")]
    assert [(one["rule"], one["rule_kind"]) for one in told] == [
        ("P1", "moon_phase"),
        ("P2", "percent_off"),
        ("K1", "riddle"),
    ]


def test_another_machine_in_the_same_place_tells_it_by_another_fact(shop: Shop) -> None:
    """HQ would put it aside: an id that it has from the machine before."""
    shop.hq.promotion({"id": "P1", "kind": "moon_phase", "bp": 1})
    checkout.add(shop.till, COAT)
    shop.rows("UPDATE terminal SET incarnation = '00000000-0000-4000-8000-00000000000b' RETURNING id")
    shop.reopen()
    checkout.add(shop.till, COAT)
    assert len(shop.rows("SELECT id FROM fact WHERE kind = 'RuleSkipped'")) == 2


def test_a_used_coupon_is_never_offered_again(shop: Shop) -> None:
    """T-41, T-49: till.db names it, whatever HQ's row still says."""
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    checkout.set_member(shop.till, "M1")
    view = checkout.add(shop.till, COAT)
    assert view.coupon_off == 1000
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    sale = sales.by_id(shop.till.db, payment.complete(shop.till, view.cart_id).sale_id)
    assert sale is not None
    assert [(use.coupon, use.amount) for use in sale.coupons] == [("K1", 1000)]
    checkout.set_member(shop.till, "M1")
    again = checkout.add(shop.till, COAT)
    assert again.coupon_off == 0
    assert again.member is not None
    assert [(one.id, one.reason) for one in again.member.coupons] == [("K1", "held")]
    assert checkout.scan(shop.till, "K1").code == "coupon_barred"


def test_a_coupon_ends_when_hq_says_whichever_column_says_it(shop: Shop) -> None:
    ends = shop.clock.now() + timedelta(hours=1)
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000}, until=ends.isoformat())
    checkout.set_member(shop.till, "M1")
    assert checkout.add(shop.till, COAT).coupon_off == 1000
    shop.clock.forward(hours=1)
    view = checkout.add(shop.till, SHIRT)
    assert (view.coupon_off, view.moved) == (0, ("1",))
    assert view.member is not None
    assert [(one.reason, one.until) for one in view.member.coupons] == [("not_live", ends)]


def test_points_are_for_what_was_paid(shop: Shop) -> None:
    """T-49: what a coupon took off earns nothing; own unsent sales show in the member's points."""
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1050})
    checkout.set_member(shop.till, "M1")
    view = checkout.add(shop.till, COAT)
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    assert payment.complete(shop.till, view.cart_id).points == 228
    card = checkout.set_member(shop.till, "M1").member
    assert card is not None
    assert card.member.points == 328


def test_a_pin_that_hq_made_impossible_is_let_go(shop: Shop) -> None:
    """A rule that changes under an open cart does not stop the sale."""
    shop.hq.setting("max_coupons", 2)
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    shop.hq.coupon("K2", "M1", {"kind": "amount_off", "amount": 2000})
    checkout.set_member(shop.till, "M1")
    checkout.add(shop.till, COAT)
    checkout.choose_coupon(shop.till, "K1", "pinned")
    assert checkout.choose_coupon(shop.till, "K2", "pinned").coupon_off == 3000
    shop.hq.setting("max_coupons", 1)
    assert checkout.add(shop.till, SHIRT).coupon_off == 2000
    assert checkout.choose_coupon(shop.till, "K1", "pinned").coupon_off == 1000
    with pytest.raises(InputError, match="impossible_pin"):
        checkout.choose_coupon(shop.till, "K2", "pinned")
    assert checkout.view(shop.till).coupon_off == 1000


def test_an_alias_is_followed_in_the_open_cart(shop: Shop) -> None:
    """protocol.md, members: HQ united two members; the older one is served on."""
    checkout.set_member(shop.till, "M2")
    checkout.add(shop.till, COAT)
    shop.hq.send(STORE, ("member", "M2", None), ("member_alias", "M2", {"old": "M2", "new": "M1"}))
    view = checkout.add(shop.till, SHIRT)
    assert view.member is not None
    assert (view.member.member.id, view.lines[0].unit_price) == ("M1", 23900)


def test_a_member_or_article_that_hq_took_away_stops_no_sale(shop: Shop) -> None:
    shop.hq.send(STORE, member_row("M3", "远", "13900000003"))
    checkout.set_member(shop.till, "M3")
    checkout.add(shop.till, COAT)
    shop.hq.send(STORE, ("member", "M3", None))
    shop.hq.send(GLOBAL, ("product", COAT, None))
    shop.hq.send(ZONE, ("price", f"p-{COAT}", None))
    view = checkout.add(shop.till, SHIRT)
    assert (view.total, view.member) == (25900 + 5900, None)
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    sale = sales.by_id(shop.till.db, payment.complete(shop.till, view.cart_id).sale_id)
    assert sale is not None
    assert sale.member == "M3"
