"""The guide's own discount on a valet order is at most what the article costs (G2)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_valet_discount import may_be_touched
from tests.ui.test_valet_orders import orders, valet

F5, F8, ENTER = Qt.Key.Key_F5, Qt.Key.Key_F8, Qt.Key.Key_Return


@pytest.fixture
def cheap(selling: Counter) -> Counter:
    """Of 50 yuan that the guide may give, on an article for 19."""
    selling.store.hq.price("A001-RED-110", 1900, "q1")
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(F5)
    return selling


def test_the_key_goes_round_what_the_order_may_have(cheap: Counter) -> None:
    """20 off made it 0.00 on screen, and the order was refused without a word of why."""
    seen = []
    for _ in range(3):
        cheap.press(F8)
        seen.append(valet(cheap).side.due.text())
    assert seen == ["9.00", "19.00", "9.00"]
    cheap.press(ENTER)
    assert orders(cheap) == [("unconfirmed", "G1", 900)]


def test_nothing_more_can_be_touched(cheap: Counter) -> None:
    assert may_be_touched(cheap) == ["0", "-10"]
    cheap.press(F8)
    assert may_be_touched(cheap) == ["0", "-10"]
