"""A payment is taken back by its cross: one touch, one payment."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_payments import crosses
from ui.screens.once import DOUBLE_S
from ui.screens.payment import PaymentPage


def test_a_finger_that_bounces_takes_one_payment_back(selling: Counter) -> None:
    """The next payment moves up to the place of the one that goes, under the same finger."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_Return)
    page = selling.window.front
    assert isinstance(page, PaymentPage)
    for amount in ("10", "20", "30"):
        selling.type(f"{amount}\n")
    first = crosses(page)[0]
    spot = first.mapTo(selling.window, first.rect().center())

    def touch() -> None:
        below = selling.window.childAt(spot)
        assert below in crosses(page)
        selling.click(below)
        selling.rest()

    touch()
    touch()
    assert [one.amount for one in selling.cart.payments] == [2000, 3000]
    selling.wait(round(DOUBLE_S * 1000) + 50)
    touch()
    assert [one.amount for one in selling.cart.payments] == [3000]
