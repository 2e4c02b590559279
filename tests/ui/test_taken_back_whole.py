"""A discount over the whole sale, taken back from the page of one line: it says what goes up, and that is all of it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_discounts_taken_back import discounted


def test_the_button_says_what_is_taken_back(selling: Counter) -> None:
    """It said -3.71, the part of the line that was marked, and the sale went up by 20.00."""
    for sku in ("A001-RED-110", "T001-RED-110"):
        selling.scan(selling.gtin(sku))
    before = selling.cart.total
    discounted(selling, "20", "整单")
    selling.press(Qt.Key.Key_F8)
    selling.click(selling.button("撤销 -20.00"))
    assert selling.cart.total == before
    assert selling.window.pages == []


def test_those_of_other_lines_are_not_counted(selling: Counter) -> None:
    for sku in ("A001-RED-110", "T001-RED-110"):
        selling.scan(selling.gtin(sku))
        discounted(selling, "5", "这一行")
    discounted(selling, "20", "整单")
    selling.press(Qt.Key.Key_F8)
    selling.click(selling.button("撤销 -25.00"))
    assert selling.cart.manual_off == 500
