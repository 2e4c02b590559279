"""What ends a search or a page over the valet screen ends that alone: its double orders nothing (T-15)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press
from tests.ui.test_valet_orders import orders, valet
from ui.screens.address import AddressPage

ENTER = Qt.Key.Key_Return
#: Between the two of a key that bounces, and longer than a breath (ms).
BOUNCE, LATER = 120, 700


@pytest.fixture
def ordering(selling: Counter) -> Counter:
    """The grid of a coat is open."""
    selling.scan(selling.gtin("A001-RED-110"))
    press(selling, "F5")
    return selling


def give_address(counter: Counter) -> None:
    press(counter, "F5")
    page = counter.window.front
    assert isinstance(page, AddressPage)
    page.findChildren(QLineEdit)[0].setText("王小明 13912341234 广东省深圳市南山区科苑路 15 号")


def name_member(counter: Counter) -> None:
    press(counter, "F3")
    counter.type(MEMBER)
    counter.wait(LATER)  # found by now


def register(counter: Counter) -> None:
    press(counter, "F3")
    counter.type("13900005678")
    press(counter, "F3")


def find_article(counter: Counter) -> None:
    counter.type("A001-RED-120")
    counter.wait(LATER)


@pytest.mark.parametrize("before", [give_address, name_member, register, find_article])
def test_the_second_enter_orders_nothing(ordering: Counter, before: Callable[[Counter], None]) -> None:
    """An order is asked of HQ at once, and nobody can take it back."""
    before(ordering)
    for _ in range(2):
        ordering.press(ENTER)
        ordering.wait(BOUNCE)
    assert ordering.window.front is valet(ordering)
    assert orders(ordering) == []
    ordering.wait(LATER)
    ordering.press(ENTER)
    assert len(orders(ordering)) == 1
