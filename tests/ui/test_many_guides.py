"""A store with more than nine guides: no number stands there that chooses somebody else (T-69)."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.actions.kidswear import STORE, staff_row
from tests.ui.conftest import Counter
from ui.screens.guide import GuidePage


def test_a_number_that_is_shown_chooses_who_stands_beside_it(selling: Counter) -> None:
    """``10`` stood beside the tenth; the first digit chose the first guide, whose sale and share it was then."""
    for number in range(10, 20):
        selling.store.hq.send(STORE, staff_row(f"G{number}", f"导购{number}", f"90{number}", "guide"))
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F4)
    page = selling.window.front
    assert isinstance(page, GuidePage)
    rows = page._choices._rows
    assert len(rows) > 9
    for row in rows:
        if row.side:
            if selling.window.front.name != "guide":
                selling.press(Qt.Key.Key_F4)
            selling.type(row.side)
            assert selling.cart.guide_id == row.id
