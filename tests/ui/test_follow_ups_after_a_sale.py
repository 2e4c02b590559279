"""A tender's key is its own alone: with Shift it is what it is everywhere, once the sale is done."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from tests.ui.test_settling_once import COAT, paying, sales

ENTER = Qt.Key.Key_Return


def test_the_follow_ups_come_by_their_key_as_by_the_rail(selling: Counter) -> None:
    """F5 is the points' there; the keys of the report, the slips and the drawer were at hand, and this one was dead."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    press(selling, "Shift+F5")
    assert not paying(selling).finished, "while money changes hands nobody goes anywhere by it"
    selling.press(ENTER)
    assert sales(selling) == 1
    press(selling, "Shift+F5")
    assert selling.window.place.name == "care"
