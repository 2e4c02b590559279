"""A part off that a manager approved is a part of the price that they saw (S-23)."""

from __future__ import annotations

import pytest

from posclient.actions import checkout, login, payment
from tests.actions.kidswear import Shop
from tests.actions.test_approved_for_less import limited, needs_approval

__all__ = ["limited"]


@pytest.mark.parametrize("lines", [("1",), ()])
@pytest.mark.parametrize("price", [None, 25_900, 20_000, 30_000])
def test_a_part_of_a_low_price_is_not_approved_for_a_higher(
    limited: Shop, lines: tuple[str, ...], price: int | None
) -> None:
    """Else the coat of 259 goes for 51.80 by a PIN that let a stained one for 50 go for 10."""
    low = login.approve(limited.till, "9999", "set_price")
    checkout.set_price(limited.till, "1", 5000, "污渍", approver=low)
    checkout.discount(limited.till, "percent_off", 8000, "污渍", lines, login.approve(limited.till, "9999", "discount"))
    high = login.approve(limited.till, "9999", "set_price") if price == 20_000 else None
    checkout.set_price(limited.till, "1", price, "看错了", approver=high)
    assert limited.till.selling.cart.discounts[0].approver is None
    assert limited.till.selling.cart.lines[0].approver == ("B1" if high else None), "who approved this very price"
    needs_approval(limited)


def test_a_lower_price_leaves_it_approved(limited: Shop) -> None:
    checkout.discount(limited.till, "percent_off", 4000, "污渍", (), login.approve(limited.till, "9999", "discount"))
    low = login.approve(limited.till, "9999", "set_price")
    checkout.set_price(limited.till, "1", 20_000, "污渍", approver=low)
    assert payment.open(limited.till).paying
