"""What is taken off one piece by hand is not taken off the next one that is rung up."""

from __future__ import annotations

from posclient.actions import checkout
from tests.actions.kidswear import Shop, sku

COAT = sku("A001")


def test_the_next_piece_is_not_part_of_a_discount_by_hand(shop: Shop) -> None:
    """A stain on one coat: a second, clean one that is scanned afterwards costs what it says."""
    checkout.add(shop.till, COAT)
    stained = checkout.discount(shop.till, "percent_off", 2000, "污渍", ("1",))
    assert stained.total == 20720
    both = checkout.scan(shop.till, COAT).view
    assert [(line.qty, line.net) for line in both.lines] == [(1, 20720), (1, 25900)]
    assert both.touched == "2"
    assert [line.qty for line in checkout.scan(shop.till, COAT).view.lines] == [1, 2]


def test_the_line_that_got_the_piece_is_marked(shop: Shop) -> None:
    """Also where a later line of the article has a discount of its own."""
    checkout.add(shop.till, COAT)
    checkout.discount(shop.till, "amount_off", 1000, "污渍", ("1",))
    second = checkout.add(shop.till, COAT)
    assert second.touched == "2"
    checkout.discount(shop.till, "amount_off", 1000, "污渍", ("2",))
    checkout.remove_discount(shop.till, shop.till.selling.cart.discounts[0].id)
    third = checkout.add(shop.till, COAT)
    assert ([line.qty for line in third.lines], third.touched) == ([2, 1], "1")


def test_a_discount_on_the_whole_cart_parts_no_lines(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    checkout.discount(shop.till, "amount_off", 1000, "污渍")
    assert [line.qty for line in checkout.add(shop.till, COAT).lines] == [2]
