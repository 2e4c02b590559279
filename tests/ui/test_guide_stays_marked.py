"""A page that goes from over the guides leaves the one marked whom the cashier had come to."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.actions.kidswear import STORE, staff_row
from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from ui.screens.guide import GuidePage


def leaves(counter: Counter) -> None:
    """G2 works in the store no more."""
    table, key, row = staff_row("G2", "王", "2222", "guide")
    counter.store.hq.send(STORE, (table, key, {**row, "active": False}))


@pytest.mark.parametrize("key", ["F4", "Shift+F4"])
def test_enter_chooses_whom_an_arrow_has_marked(selling: Counter, key: str) -> None:
    """Or the sale counts for somebody else."""
    selling.scan(selling.gtin("A001-RED-110"))
    for name in (key, "Down", "Shift+F1", "Esc"):
        press(selling, name)
    assert isinstance(selling.window.front, GuidePage)
    selling.press(Qt.Key.Key_Return)
    assert [line.guide_id or selling.cart.guide_id for line in selling.cart.lines] == ["G2"]


def test_whoever_has_left_meanwhile_is_not_chosen(selling: Counter) -> None:
    for name in ("F4", "Down", "Shift+F1"):
        press(selling, name)
    leaves(selling)
    press(selling, "Esc")
    selling.press(Qt.Key.Key_Return)
    assert selling.cart.guide_id == "G1"
