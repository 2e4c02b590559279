"""A manager's yes is to what they saw: it does not grow with what is rung up afterwards."""

from __future__ import annotations

import pytest

from posclient.actions import checkout, login, payment
from posclient.errors import Refused
from tests.actions.kidswear import Shop, sku

COAT = sku("A001")


@pytest.fixture
def limited(shop: Shop) -> Shop:
    shop.hq.setting("discount_limit_bp", 1000)
    checkout.add(shop.till, COAT)
    return shop


def needs_approval(shop: Shop) -> None:
    with pytest.raises(Refused, match="needs_approval") as refused:
        payment.open(shop.till)
    assert refused.value.params["why"] == "at_payment"
    assert payment.open(shop.till, login.approve(shop.till, "9999", "discount")).paying


def test_a_price_for_one_piece_is_not_approved_for_ten(limited: Shop) -> None:
    """S-23: a manager's PIN for one stained coat, then nine good ones on its line."""
    manager = login.approve(limited.till, "9999", "set_price")
    checkout.set_price(limited.till, "1", 5000, "污渍", approver=manager)
    checkout.set_quantity(limited.till, "1", 10)
    needs_approval(limited)
    assert limited.till.selling.cart.lines[0].approver == "B1"


@pytest.mark.parametrize("lines", [("1",), ()])
def test_a_part_of_one_piece_is_not_approved_for_ten(limited: Shop, lines: tuple[str, ...]) -> None:
    manager = login.approve(limited.till, "9999", "discount")
    checkout.discount(limited.till, "percent_off", 8000, "污渍", lines, manager)
    checkout.set_quantity(limited.till, "1", 10)
    needs_approval(limited)


def test_a_part_of_the_sale_is_not_approved_for_what_comes_later(limited: Shop) -> None:
    manager = login.approve(limited.till, "9999", "discount")
    checkout.discount(limited.till, "percent_off", 8000, "污渍", approver=manager)
    checkout.scan(limited.till, sku("T001"))
    needs_approval(limited)


def test_fewer_pieces_and_fixed_amounts_stay_approved(limited: Shop) -> None:
    manager = login.approve(limited.till, "9999", "discount")
    checkout.set_quantity(limited.till, "1", 3)
    checkout.discount(limited.till, "percent_off", 4000, "污渍", ("1",), manager)
    checkout.discount(limited.till, "amount_off", 9000, "污渍", (), manager)
    checkout.scan(limited.till, sku("T001"))
    checkout.set_quantity(limited.till, "1", 2)
    assert payment.open(limited.till).paying
