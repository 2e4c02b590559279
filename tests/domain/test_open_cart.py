"""The open cart changes only through its methods, and each leaves the old one as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posclient.domain.cart import MOST_PIECES, Cart, CartDiscount
from posclient.domain.catalog import Product, StockLevel
from posclient.domain.tenders import Payment
from posclient.errors import InputError, NotFound


def article(sku: str, price: int = 100, color: str = "红", size: str = "110") -> Product:
    return Product(sku, "st", sku, color, size, "b", "c", price, {}, frozenset(), 0)


def test_the_same_article_again_is_one_more_on_its_last_plain_line() -> None:
    cart = Cart("c").add(article("a")).add(article("b")).add(article("a"), 2)
    assert [(line.id, line.product.sku, line.qty) for line in cart.lines] == [("1", "a", 3), ("2", "b", 1)]
    assert (cart.pieces, cart.is_empty, Cart("c").is_empty) == (4, False, True)
    priced = cart.set_price("1", 50, "x", None).add(article("a"))
    assert [(line.id, line.qty) for line in priced.lines] == [("1", 3), ("2", 1), ("3", 1)]
    assert priced.last_line_of("a").id == "3"
    with pytest.raises(NotFound):
        priced.last_line_of("z")


def test_a_full_line_is_followed_by_another() -> None:
    cart = Cart("c").add(article("a"), MOST_PIECES).add(article("a"))
    assert [line.qty for line in cart.lines] == [MOST_PIECES, 1]


@pytest.mark.parametrize("qty", [0, -1, MOST_PIECES + 1])
def test_pieces_have_bounds(qty: int) -> None:
    """S-5."""
    with pytest.raises(InputError, match="quantity"):
        Cart("c").add(article("a"), qty)
    with pytest.raises(InputError, match="quantity"):
        Cart("c").add(article("a")).set_quantity("1", qty)


def test_removing_a_line_takes_its_own_discounts_along() -> None:
    cart = Cart("c").add(article("a")).add(article("b"))
    for number, lines in enumerate((("1",), ("1", "2"), ())):
        cart = cart.add_discount(CartDiscount(f"d{number}", "amount_off", 1, "x", lines))
    left = cart.remove("1")
    assert [(one.id, one.lines) for one in left.discounts] == [("d1", ("2",)), ("d2", ())]
    assert left.remove_discount("d1").discounts == (left.discounts[1],)
    assert left.add(article("c")).lines[-1].id == "3", "a line's id is never given again"
    with pytest.raises(NotFound):
        left.remove("1")
    with pytest.raises(NotFound):
        left.add_discount(CartDiscount("d", "amount_off", 1, "x", ("1",)))


def test_a_label_with_its_price_is_a_line_of_its_own() -> None:
    cart = Cart("c").add_at(article("a"), 70, "embedded_code").add_at(article("a"), 70, "embedded_code")
    assert [(line.qty, line.manual_price) for line in cart.lines] == [(1, 70), (1, 70)]


def test_a_manual_price_goes_with_its_reason() -> None:
    cart = Cart("c").add(article("a")).set_price("1", 50, "样衣", "boss")
    assert (cart.lines[0].manual_price, cart.lines[0].reason, cart.lines[0].approver) == (50, "样衣", "boss")
    assert cart.set_price("1", None, "样衣", None).lines[0].reason == ""


def test_a_coupon_is_pinned_or_left_out_or_free() -> None:
    cart = Cart("c").pin_coupon("k").exclude_coupon("k")
    assert (set(cart.pinned), set(cart.excluded)) == (set(), {"k"})
    cart = cart.pin_coupon("k")
    assert (set(cart.pinned), set(cart.excluded)) == ({"k"}, set())
    assert cart.free_coupon("k") == Cart("c")
    assert cart.set_member("m") == replace(Cart("c"), member="m")


def test_guides_of_the_cart_and_of_a_line() -> None:
    cart = Cart("c").add(article("a")).set_guide("g").set_line_guide("1", "h")
    assert (cart.guide, cart.lines[0].guide) == ("g", "h")


def test_new_prices_come_in_without_touching_the_rest() -> None:
    cart = Cart("c").add(article("a")).add(article("b"))
    assert cart.refreshed({"a": article("a")}) is cart
    fresh = cart.refreshed({"a": article("a", 90)})
    assert [line.product.price for line in fresh.lines] == [90, 100]
    assert fresh.lines[1] is cart.lines[1]


def test_paying_and_paid() -> None:
    cart = replace(Cart("c"), frozen_quote={}, payments=(Payment("p", "cash", 3, 5), Payment("q", "card", 4, 4)))
    assert (cart.paying, cart.paid, Cart("c").paying, cart.payments[0].change) == (True, 7, False, 2)


def test_variants_and_stock_read_as_one() -> None:
    assert [article("a", color=color, size=size).variant for color, size in (("红", "110"), ("", "110"), ("", ""))] == [
        "红 · 110", "110", "",
    ]  # fmt: skip
    assert StockLevel("a", 1, {"S2": 3, "S3": -2, "W": 4}).others == 7
