"""A payment that is open is what the sale shows, whichever way somebody comes back to it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_settling_once import paying, sales

COAT, ENTER = "A001-RED-110", Qt.Key.Key_Return


@pytest.mark.parametrize("elsewhere", ["valet", "settings", "sale"])
def test_a_touch_on_the_rail_does_not_put_money_out_of_sight(selling: Counter, elsewhere: str) -> None:
    """100 yuan lie in the drawer; the cart looked as if nobody had paid anything."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.type("100")
    selling.press(ENTER)
    selling.window.rail.chosen.emit(elsewhere)
    selling.window.rail.chosen.emit("sale")
    selling.rest()
    page = paying(selling)
    assert [one.amount for one in selling.cart.payments] == [10000]
    assert page.side.figure.text() == "159.00"
    assert page.hasFocus()
    selling.press(ENTER)
    assert sales(selling) == 1


def test_the_sale_is_itself_where_nothing_is_being_paid(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    selling.window.rail.chosen.emit("valet")
    selling.window.rail.chosen.emit("sale")
    assert selling.window.front is selling.sale
