"""A part is paid with a member's own money: the second key or touch of two in a breath takes no more of it (T-15)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_leases_at_the_counter import rich, with_points
from tests.ui.test_part_paid_once import breathe
from tests.ui.test_settling_once import paying, sales
from ui.screens.payment import PaymentPage

__all__ = ["rich"]

F4, F5, ENTER = Qt.Key.Key_F4, Qt.Key.Key_F5, Qt.Key.Key_Return


@pytest.fixture
def page(rich: Counter) -> PaymentPage:
    """A coat; 100 yuan of stored value and 60 points may be spent here."""
    with_points(rich, step=10)
    rich.scan(MEMBER)
    rich.press(ENTER)
    return paying(rich)


def own(counter: Counter) -> list[tuple[str, int]]:
    return [(one.tender, one.amount) for one in counter.cart.payments]


def twice(counter: Counter, key: Qt.Key) -> None:
    for _ in range(2):
        counter.press(key)
        counter.wait(120)


def test_fifty_of_stored_value_are_fifty(rich: Counter, page: PaymentPage) -> None:
    rich.type("50")
    twice(rich, F4)
    assert own(rich) == [("stored_value", 5000)]
    breathe(rich)
    rich.press(F4)
    assert own(rich) == [("stored_value", 5000), ("stored_value", 5000)]


def test_by_touch_too(rich: Counter, page: PaymentPage) -> None:
    rich.type("50")
    for _ in range(2):
        rich.click(page._value.button)
        rich.wait(120)
    assert own(rich) == [("stored_value", 5000)]


def test_what_is_typed_next_is_meant(rich: Counter, page: PaymentPage) -> None:
    rich.type("50")
    rich.press(F4)
    rich.type("30")
    rich.press(F4)
    assert own(rich) == [("stored_value", 5000), ("stored_value", 3000)]
    assert sales(rich) == 0


def test_points_too(rich: Counter, page: PaymentPage) -> None:
    rich.type("0.2")
    twice(rich, F5)
    assert own(rich) == [("points", 20)]


def test_another_tender_is_taken_at_once(rich: Counter, page: PaymentPage) -> None:
    rich.type("50")
    rich.press(F4)
    rich.press(ENTER)
    assert sales(rich) == 1
