"""A touch on the rail between the last Enter and the commit: the change is shown all the same (T-15)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import clean_up, hear, slow_till
from tests.ui.test_settling_once import paying, sales

COAT, ENTER = "A001-RED-110", Qt.Key.Key_Return


@pytest.mark.parametrize("place", ["sale", "valet"])
def test_the_change_is_shown(selling: Counter, place: str) -> None:
    """The drawer is open and the customer waits: nobody else says how much it is."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    page, slow, heard = paying(selling), slow_till(selling), hear(selling)
    selling.type("300")
    selling.press(ENTER)
    assert slow.waiting
    selling.window.rail.chosen.emit(place)
    clean_up()
    while slow.waiting:
        slow.let_through()
    selling.rest()
    assert sales(selling) == 1
    assert paying(selling) is page
    assert page.side.figure.text() == "41.00"
    assert [one.text for one in heard if one.kind == "danger"] == []
    selling.window.rail.chosen.emit(place)
    assert selling.window.front.name == place, "and then the rail is heard"
