"""A page that lies over another one hides it, and does not undo what a scan means to it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_pin_again import asked
from tests.ui.test_settling_once import paying
from ui.screens.readiness import ReadinessPage

COAT, SHIRT, ENTER = "A001-RED-110", "T001-RED-110", Qt.Key.Key_Return


def look_at_the_till(counter: Counter) -> None:
    """Shift+F1, or a touch on the strip, whatever page is open."""
    counter.press(Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert counter.window.front.name == ReadinessPage.name


def test_nothing_is_rung_up_behind_a_manager_who_is_asked(selling: Counter) -> None:
    """S-23: the PIN would approve it."""
    asked(selling)
    look_at_the_till(selling)
    selling.scan(selling.gtin(SHIRT))
    assert selling.lines_of_cart() == [("红羽绒服", 1)]
    assert selling.shop.context.tones.played == "failure"


def test_the_next_sale_begins_also_where_something_lies_over_the_last(selling: Counter) -> None:
    """T-67: the change of the customer before does not come up again over the next one's cart."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.press(ENTER)
    assert paying(selling)._done is not None
    look_at_the_till(selling)
    selling.scan(selling.gtin(SHIRT))
    assert selling.window.front is selling.sale
    assert selling.lines_of_cart() == [("红T恤", 1)]
