"""The till is locked while an answer is on its way: nothing slides over the login, nobody pays without a log-in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import clean_up, press, slow_reader, slow_till
from ui.screens.payment import PaymentPage

COAT, ENTER = "A001-RED-110", Qt.Key.Key_Return


def locked_meanwhile(selling: Counter, do: Callable[[], None]) -> None:
    """``do`` is under way; somebody locks the till; then the answer comes."""
    slow = slow_till(selling)
    do()
    assert slow.waiting
    press(selling, "Ctrl+L")
    clean_up()
    slow.let_through()
    selling.rest()


def assert_locked(selling: Counter) -> None:
    assert selling.shop.context.staff is None
    assert selling.window.front is selling.window.login
    assert not [one for one in selling.window.findChildren(PaymentPage) if one.isVisible()]


def test_a_payment_that_opens_as_the_till_is_locked_waits_for_the_log_in(selling: Counter) -> None:
    """T-68, T-2: F9 and Ctrl+L in one stall. Who logs in next finds the payment open, as after a restart."""
    selling.scan(selling.gtin(COAT))
    locked_meanwhile(selling, lambda: selling.press(Qt.Key.Key_F9))
    assert_locked(selling)
    selling.type("1")
    assert selling.cart.payments == ()
    selling.shop.context._till = selling.shop.context._reader
    selling.press(Qt.Key.Key_Escape)
    selling.log_in()
    assert isinstance(selling.window.front, PaymentPage)
    assert selling.cart.paying


def test_a_part_of_a_payment_taken_as_the_till_is_locked(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.type("100")
    locked_meanwhile(selling, lambda: selling.press(ENTER))
    assert_locked(selling)
    assert [one.amount for one in selling.cart.payments] == [10000], "what was taken is kept"
    selling.shop.context._till = selling.shop.context._reader
    selling.log_in()
    assert isinstance(selling.window.front, PaymentPage)


def test_money_taken_is_asked_about_only_of_whoever_is_logged_in(selling: Counter) -> None:
    """Esc out of a payment asks whether the money was handed back: not on a locked screen."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.type("100\n")
    locked_meanwhile(selling, lambda: selling.press(Qt.Key.Key_Escape))
    assert_locked(selling)
    assert len(selling.cart.payments) == 1


@pytest.mark.parametrize("key", ["Shift+F11", "F5"])
def test_a_place_that_is_read_for_slowly_stays_behind_the_login(selling: Counter, key: str) -> None:
    selling.scan(selling.gtin(COAT))
    slow = slow_reader(selling)
    press(selling, key)
    press(selling, "Ctrl+L")
    slow.let_through()
    selling.rest()
    assert_locked(selling)
