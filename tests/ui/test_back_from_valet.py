"""From the valet orders back to the sale, as from every other place: by Esc."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter

ENTER, ESCAPE, F5 = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_F5


def test_the_sale_goes_on_after_an_order_without_a_touch(selling: Counter) -> None:
    """The order is placed, its list stands there, and the rest of the cart wants to be paid."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(F5)
    selling.press(ENTER)
    assert selling.window.place.name == "valet"
    selling.press(ESCAPE)
    assert selling.window.place.name == "sale"


def test_esc_leaves_what_is_nearest_first(selling: Counter) -> None:
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(F5)
    selling.type("a0")
    selling.press(ESCAPE)
    assert selling.window.place.name == "valet"
    selling.press(ESCAPE)
    assert selling.window.place.name == "valet", "the list of orders"
    selling.press(ESCAPE)
    assert selling.window.place.name == "sale"
