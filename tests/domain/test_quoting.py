"""From a cart to its quote and its frozen form, and back after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from posclient.domain.cart import Cart, CartDiscount
from posclient.domain.catalog import Product
from posclient.domain.frozen import Frozen, frozen_json, priced_json, read_frozen
from posclient.domain.people import Member
from posclient.domain.pricing import AmountCoupon, NthUnit, Rules, price, quote_json, read_basket
from posclient.domain.quoting import BasketMaker, Offers

AT = datetime(2026, 11, 21, 14, 3, tzinfo=timezone(timedelta(hours=8)))
COAT = Product(
    "a", "st", "羽绒服", "红", "110", "b", "coat", 25900, {"gold": 23900}, frozenset({"category:coat"}), 1300
)
GOLD = Member("m", "c", "王", "139", "gold")
NTH = {"id": "P1", "kind": "nth_unit", "n": 2, "bp": 5000, "include": ["category:coat"]}
OLD = {"id": "P2", "kind": "nth_unit", "n": 2, "bp": 9000, "until": "2020-01-01T00:00:00+08:00"}
PROMOTIONS = (
    NthUnit(id="P1", n=2, bp=5000, include=("category:coat",)),
    NthUnit(id="P2", n=2, bp=9000, until=datetime.fromisoformat(str(OLD["until"]))),
)
COUPONS = {
    name: {"id": name, "kind": "amount_off", "amount": amount}
    for name, amount in (("K1", 100), ("K2", 200), ("K3", 300))
}
OFFERS = Offers(
    PROMOTIONS,
    tuple(AmountCoupon(id=name, amount=int(str(rule["amount"]))) for name, rule in COUPONS.items()),
    Rules(2),
)


def cart() -> Cart:
    made = Cart("c").add(COAT, 3).add_discount(CartDiscount("D1", "percent_off", 500, "污渍"))
    return made.add_discount(CartDiscount("D2", "amount_off", 99, "污渍", ("1",))).pin_coupon("K1").exclude_coupon("K3")


def test_the_cashiers_choice_reaches_pricing() -> None:
    basket = BasketMaker().basket(cart(), AT, "S001", GOLD, OFFERS)
    assert [(one.id, one.pinned, one.excluded) for one in basket.coupons] == [
        ("K1", True, False), ("K2", False, False), ("K3", False, True),
    ]  # fmt: skip
    quote = price(basket)
    assert (quote.lines[0].unit_price, quote.used) == (23900, ("K1", "K2"))
    assert {one.source for one in quote.lines[0].discounts} == {
        "promotion:P1",
        "coupon:K1",
        "coupon:K2",
        "manual:D1",
        "manual:D2",
    }


def test_without_coupons_and_without_a_member() -> None:
    from dataclasses import replace

    basket = BasketMaker().basket(replace(cart(), use_coupons=False), AT, "S001", None, OFFERS)
    assert (basket.coupons, basket.member, price(basket).lines[0].unit_price) == ((), None, 25900)


def test_what_is_kept_is_enough_to_price_it_again_and_to_go_on() -> None:
    """T-42, T-54: the stored basket gives the stored quote; a restart in the middle of payment finds the same."""
    basket = BasketMaker().basket(cart(), AT, "S001", GOLD, OFFERS)
    quote = price(basket)
    priced = priced_json(basket, quote, {"P1": NTH, "P2": OLD}, COUPONS)
    frozen = Frozen(10, "g", {"promotion:P1": "第二件半价"}, {"K1": (AT, None), "K2": (None, "NEW")}, quote, priced)
    stored = json.loads(json.dumps(frozen_json(frozen)))
    assert read_frozen(stored) == frozen
    assert [one["id"] for one in stored["priced"]["basket"]["promotions"]] == ["P1"], "what is over is not kept"
    assert quote_json(price(read_basket(stored["priced"]["basket"]))) == quote_json(quote)
    assert stored["priced"]["groups"] == [{"source": "promotion:P1", "times": 1, "units": [["1", 2, 11950]]}]


def test_a_maker_that_keeps_lines_makes_what_a_fresh_one_would() -> None:
    """T-25: kept lines follow every change of quantity, price by hand, product and order."""
    maker, changing = BasketMaker(), cart()
    dearer = Product(**{**{name: getattr(COAT, name) for name in COAT.__slots__}, "price": 29900})
    changes: tuple[Callable[[Cart], Cart], ...] = (
        lambda one: one,
        lambda one: one.set_quantity("1", 5),
        lambda one: one.set_price("1", 19900, "污渍", None),
        lambda one: one.set_price("1", None, "", None).refreshed({"a": dearer}),
        lambda one: one.add(Product("b", "st", "帽", "蓝", "M", "b", "hat", 4900, {}, frozenset(), 1300)),
        lambda one: one.remove("1"),
    )
    for change in changes:
        changing = change(changing)
        kept = maker.basket(changing, AT, "S001", GOLD, OFFERS)
        assert kept == BasketMaker().basket(changing, AT, "S001", GOLD, OFFERS)
