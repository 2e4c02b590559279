"""Tab stays with what is in front: what a page covers is not seen, and Enter would press it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press

#: More than there are places for Tab in any two screens.
PLACES = 60


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
@pytest.mark.parametrize("page", ["F11", "F1", "F3", "F4", "F8", "F9", "F10 Shift+F1"])
def test_tab_never_leaves_a_page_for_what_it_covers(selling: Counter, page: str, key: str) -> None:
    selling.scan(selling.gtin("T001-RED-110"))
    for name in page.split():
        press(selling, name)
    front = selling.window.front
    assert front is not selling.window.place
    seen = set()
    for _ in range(PLACES):
        press(selling, key)
        seen.add(QApplication.focusWidget())
        assert front.has_keys()
    assert any(front.isAncestorOf(one) for one in seen if one is not None)


def test_enter_presses_nothing_under_the_receipts(selling: Counter) -> None:
    """The cross beside the member lies under that page."""
    selling.scan(MEMBER)
    selling.scan(selling.gtin("T001-RED-110"))
    press(selling, "F11")
    cross = selling.sale.side.member._clear
    for _ in range(PLACES):
        press(selling, "Tab")
        if QApplication.focusWidget() is cross:
            selling.press(Qt.Key.Key_Return)
            break
    assert selling.cart.served == "M1"
