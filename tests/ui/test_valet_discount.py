"""What the screen offers as the guide's discount is what the order may have (G2)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_valet_orders import orders, valet

F5, F8, ENTER = Qt.Key.Key_F5, Qt.Key.Key_F8, Qt.Key.Key_Return
TAG = 25900


@pytest.fixture
def twenty_left(selling: Counter) -> Counter:
    """Of the month's 50 yuan 30 went with an order; the next one's grid is open."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(F5)
    for _ in range(3):
        selling.press(F8)
    selling.press(ENTER)
    assert orders(selling) == [("unconfirmed", "G1", TAG - 3000)]
    selling.scan(selling.gtin("A001-RED-110"))
    return selling


def may_be_touched(counter: Counter) -> list[str]:
    steps = ("0", "-10", "-20", "-30")
    return [one.text() for one in counter.shown_buttons() if one.text() in steps and one.isEnabled()]


def test_a_chosen_step_makes_no_larger_one_allowed(twenty_left: Counter) -> None:
    assert may_be_touched(twenty_left) == ["0", "-10", "-20"]
    twenty_left.press(F8)
    twenty_left.press(F8)
    assert valet(twenty_left).side.due.text() == "239.00"
    assert may_be_touched(twenty_left) == ["0", "-10", "-20"]


def test_the_key_goes_round_what_is_left(twenty_left: Counter) -> None:
    seen = []
    for _ in range(4):
        twenty_left.press(F8)
        seen.append(valet(twenty_left).side.due.text())
    assert seen == ["249.00", "239.00", "259.00", "249.00"]
    twenty_left.press(ENTER)
    assert orders(twenty_left)[-1] == ("unconfirmed", "G1", TAG - 1000)
