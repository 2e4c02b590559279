"""A sale is paid in parts: the second Enter or touch of two in a breath does not settle the rest in cash (T-15)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from tests.ui.test_settling_once import COAT, paying, sales
from ui.screens.once import DOUBLE_S
from ui.screens.payment import PaymentPage
from ui.widgets.button import Button

ENTER, F3 = Qt.Key.Key_Return, Qt.Key.Key_F3


@pytest.fixture
def page(selling: Counter) -> PaymentPage:
    """A coat for 259."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    return paying(selling)


def breathe(counter: Counter) -> None:
    counter.wait(round(DOUBLE_S * 1000) + 50)


@pytest.mark.parametrize("key", ["Return", "F2", "F9", "Ctrl+P"])
def test_after_a_part_in_cash_the_rest_is_open(selling: Counter, page: PaymentPage, key: str) -> None:
    """50 in cash, the rest by another hand: the sale was settled with 209.00 that nobody gave."""
    selling.type("50")
    press(selling, key)
    selling.wait(120)
    press(selling, key)
    assert sales(selling) == 0
    assert page.side.figure.text() == "209.00"
    breathe(selling)
    press(selling, key)
    assert sales(selling) == 1


def test_by_touch_too(selling: Counter, page: PaymentPage) -> None:
    selling.type("50")
    for _ in range(2):
        selling.click(page.side.button)
        selling.wait(120)
    assert sales(selling) == 0
    breathe(selling)
    selling.click(page.side.button)
    assert sales(selling) == 1


def test_what_is_typed_next_is_meant(selling: Counter, page: PaymentPage) -> None:
    selling.type("50\n")
    selling.type("209")
    selling.press(ENTER)
    assert sales(selling) == 1
    assert page.finished


def test_after_a_part_by_card_the_rest_is_open(selling: Counter, page: PaymentPage) -> None:
    selling.type("100")
    selling.press(F3)
    for _ in range(2):
        selling.press(ENTER)
        selling.wait(120)
    assert sales(selling) == 0
    assert page.side.figure.text() == "159.00"


def test_a_finger_that_bounces_on_a_declined_card_pays_nothing(selling: Counter, page: PaymentPage) -> None:
    """The notes for cash come up under it."""
    selling.press(F3)
    declined = next(one for one in page.charge.findChildren(Button) if one.text() == "未成功")
    spots = [declined.mapTo(selling.window, QPoint(x, 30)) for x in range(8, declined.width(), 8)]
    selling.click(declined)
    selling.wait(120)
    below = {one for one in map(selling.window.childAt, spots) if isinstance(one, Button) and one.text() == "260"}
    assert below
    selling.click(below.pop())
    assert sales(selling) == 0
    breathe(selling)
    selling.click(next(one for one in page.findChildren(Button) if one.text() == "260"))
    assert sales(selling) == 1
