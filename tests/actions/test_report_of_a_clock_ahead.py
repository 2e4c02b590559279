"""Sales that were made while the clock was ahead: their day can be read, though it has not come."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from posclient.actions import checkout, payment, shift_report
from posclient.errors import InputError
from tests.actions.kidswear import Shop, sku

TODAY = date(2026, 11, 21)
AHEAD = 40


def sell(shop: Shop) -> None:
    checkout.add(shop.till, sku("A001"))
    view = payment.open(shop.till)
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, view.cart_id)


def test_takings_of_a_day_that_a_wrong_clock_named_can_be_read(shop: Shop) -> None:
    """A month wrong at the start, set right an hour later: the money is in the drawer, and in no other reading."""
    sell(shop)
    shop.clock.forward(days=AHEAD)
    sell(shop)
    shop.clock.forward(days=-AHEAD)
    person = shop.till.person()
    assert shift_report.report(shop.till, person).figures.net == 25900
    day = shift_report.neighbour(shop.till, TODAY, later=True)
    assert day == TODAY + timedelta(days=AHEAD)
    assert shift_report.report(shop.till, person, day).figures.net == 25900
    assert shift_report.neighbour(shop.till, day, later=False) == TODAY
    with pytest.raises(InputError, match="day"):
        shift_report.report(shop.till, person, day + timedelta(days=1))
