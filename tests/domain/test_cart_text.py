"""An open cart comes back from its text as it was, however it was changed before."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posclient.domain.cart import CardAttempt, Cart, CartDiscount, CartLease
from posclient.domain.cart_text import CartMoney, CartWriter, money_in, read_cart
from posclient.domain.catalog import Product
from posclient.domain.tenders import Payment


def product(sku: str, price: int = 100) -> Product:
    tags = frozenset({"b:1", "a:2"})
    return Product(sku, "st", f'羽绒服 "{sku}"', "红", "110", "晴朗", "coat", price, {"gold": 90}, tags, 0)


def test_a_cart_of_before_hq_leased_on_top_more_than_once() -> None:
    """An update of the program with a cart open: what HQ leased to it comes as HQ's own row."""
    lease = {"id": "L1", "member": "m", "amount": 5, "not_after": "2026-11-21T10:00:00+08:00", "signature": "s"}
    data = {**json.loads(CartWriter().text(Cart("c", member="m"))), "value_lease": lease, "points_lease": None}
    del data["on_top"]
    assert read_cart(json.dumps(data)) == Cart("c", member="m")


def test_everything_comes_back() -> None:
    cart = Cart("c", basket="b", member="m", claimed_code="x", guide="g", use_coupons=False)
    cart = cart.add(product("s1"), 2).add(product("s2")).set_price("2", 80, "瑕疵", "boss").set_line_guide("1", "g2")
    cart = cart.add_discount(CartDiscount("d", "amount_off", 100, "污渍", ("1",))).pin_coupon("k1").exclude_coupon("k2")
    cart = replace(
        cart, payments=(Payment("p", "cash", 1, 2, "r"),), card_attempt=CardAttempt("a", 7), frozen_quote={"total": 1}
    )
    cart = cart.lease_more(CartLease("L1", "m", "value", 1, "t"), CartLease("L2", "m", "points", 2, "t", "s"))
    assert read_cart(CartWriter().text(cart)) == cart


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"id": "c"}', ()),
        ('{"payments": [], "card_attempt": null}', ()),
        ('{"payments": [{"tender": "card", "amount": 70, "reference": "A1"}]}', (CartMoney("card", 70, "A1"),)),
        ('{"payments": [{"tender": "cash", "amount": 5}]}', (CartMoney("cash", 5, ""),)),
        ('{"card_attempt": {"id": "a", "amount": 7}}', (CartMoney("card", 7, ""),)),
        ('{"payments": 3, "card_attempt": 4}', (CartMoney("", 0, ""), CartMoney("", 0, ""))),
        ('{"payments": [{"tender": "cash", "amount": "5"}]}', (CartMoney("", 0, ""),)),
        ("[]", (CartMoney("", 0, ""),)),
        ('{"payments": [{"ten', (CartMoney("", 0, ""),)),
    ],
)
def test_the_money_of_a_cart_that_cannot_be_read_is_found(text: str, found: tuple[CartMoney, ...]) -> None:
    """T-8: where even that cannot be told, somebody is to ask; a cart without money is nothing to see to."""
    assert money_in(text) == found


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from(["add", "remove", "qty", "reprice"])), max_size=12))
def test_kept_texts_are_never_stale(steps: list[tuple[str, str]]) -> None:
    """One writer through a cart's whole life writes what a new writer would."""
    writer, cart = CartWriter(), Cart("c")
    for number, (sku, step) in enumerate(steps):
        found = [line for line in cart.lines if line.product.sku == sku]
        if step == "add" or not found:
            cart = cart.add(product(sku))
        elif step == "remove":
            cart = cart.remove(found[0].id)
        elif step == "qty":
            cart = cart.set_quantity(found[0].id, number + 1)
        else:
            cart = cart.refreshed({sku: product(sku, 100 + number)})
        assert read_cart(writer.text(cart)) == cart
