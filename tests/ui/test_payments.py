"""A sale paid in many parts: several vouchers' worth of cash, a card that was declined in between."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from ui.screens.payment import PaymentPage
from ui.widgets.button import Button


def crosses(page: PaymentPage) -> list[Button]:
    """The buttons that take a payment back."""
    return [one for one in page.side.findChildren(Button) if one.isVisible() and one.accessibleName() == "remove"]


@pytest.mark.parametrize("payments", [1, 5, 12])
def test_each_of_many_payments_can_be_taken_back_by_a_finger(selling: Counter, payments: int) -> None:
    """The rows became as low as there was room for: 12 of them had crosses of half a line."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_Return)
    page = selling.window.front
    assert isinstance(page, PaymentPage)
    for _ in range(payments):
        selling.type("1\n")
    selling.rest()
    found = crosses(page)
    assert len(found) == payments
    assert {one.height() for one in found} == {found[0].sizeHint().height()}
    last = found[-1]
    if payments <= 5:
        assert [one.visibleRegion().boundingRect().height() for one in found] == [last.height()] * payments
    assert last.visibleRegion().boundingRect().height() == last.height(), "the newest is in sight"
    assert page.side.figure.text() == f"{259 - payments}.00"
    assert selling.window.height() == 768
    selling.click(last)
    assert len(selling.cart.payments) == payments - 1
