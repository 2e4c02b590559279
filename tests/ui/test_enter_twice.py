"""T-15: Enter pressed twice in a breath settles once, and what is to be handed back stays to be read."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_settling_once import paying, sales
from ui.screens.once import DOUBLE_S

COAT, ENTER = "A001-RED-110", Qt.Key.Key_Return


def sold_for(selling: Counter, notes: str) -> None:
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.type(notes)
    selling.press(ENTER)
    assert sales(selling) == 1


def test_a_second_enter_does_not_take_the_change_away(selling: Counter) -> None:
    """The drawer is open, the customer waits, and nobody knows how much it was."""
    sold_for(selling, "300")
    selling.press(ENTER)
    assert paying(selling).side.figure.text() == "41.00"
    selling.wait(round(DOUBLE_S * 1000) + 50)
    selling.press(ENTER)
    assert selling.window.front is selling.sale
    assert sales(selling) == 1


def test_where_nothing_is_handed_back_it_goes_on_at_once(selling: Counter) -> None:
    sold_for(selling, "")
    selling.press(ENTER)
    assert selling.window.front is selling.sale
