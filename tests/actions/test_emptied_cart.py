"""An emptied cart is the next customer's: nothing that cannot be seen goes with it."""

from __future__ import annotations

from posclient.actions import checkout
from tests.actions.kidswear import Shop, sku


def test_a_discount_on_the_whole_sale_goes_with_its_last_line(shop: Shop) -> None:
    """No screen shows it while there is nothing to take it off; the next customer's first article would get it."""
    checkout.add(shop.till, sku("A001"))
    checkout.discount(shop.till, "amount_off", 5000, "污渍")
    assert checkout.remove(shop.till, "1").discounts == ()
    assert checkout.scan(shop.till, sku("T001")).view.total == 5900
