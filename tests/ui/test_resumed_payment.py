"""A payment that comes back by itself: the second Enter of two in a breath was for the PIN, and not for the money."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_approval import before_payment
from tests.ui.test_late_answers import press
from tests.ui.test_part_paid_once import breathe
from tests.ui.test_settling_once import COAT, paying, sales

ENTER, F3 = Qt.Key.Key_Return, Qt.Key.Key_F3


def pin_and_enter_twice(counter: Counter, pin: str) -> None:
    counter.type(pin)
    for _ in range(2):
        counter.press(ENTER)
        counter.wait(120)


def test_a_log_in_pays_nothing(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    press(selling, "Ctrl+L")
    pin_and_enter_twice(selling, "1111")
    assert not paying(selling).finished
    assert sales(selling) == 0
    breathe(selling)
    selling.press(ENTER)
    assert sales(selling) == 1


def test_a_log_in_approves_no_card(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.press(F3)
    press(selling, "Ctrl+L")
    pin_and_enter_twice(selling, "1111")
    assert paying(selling).charge_pending
    assert sales(selling) == 0
    breathe(selling)
    selling.press(ENTER)
    assert sales(selling) == 1


def test_a_manager_s_pin_pays_nothing(selling: Counter) -> None:
    before_payment(selling)
    pin_and_enter_twice(selling, "9999")
    assert not paying(selling).finished
    assert sales(selling) == 0


def test_a_sale_that_is_rung_up_is_still_paid_by_enter_enter(selling: Counter) -> None:
    """T-40: whoever asked for the page may go on at once."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.press(ENTER)
    assert sales(selling) == 1
