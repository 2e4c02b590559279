"""Keys are for the page in front, whatever a finger touches beside it and wherever Tab would go."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press
from tests.ui.test_settling_once import COAT

TAB, BACK_TAB = Qt.Key.Key_Tab, Qt.Key.Key_Backtab


def test_a_touch_beside_the_page_leaves_the_keys_to_it(selling: Counter) -> None:
    """The right side stays in sight beside the member's page: who has touched it types on."""
    press(selling, "F3")
    side = selling.sale.side
    selling.click(side, side.rect().center())
    selling.type(f"{MEMBER}\n")
    assert selling.cart.served == "M1"


@pytest.mark.parametrize("key", [TAB, BACK_TAB])
def test_tab_never_leads_under_a_page(selling: Counter, key: Qt.Key) -> None:
    selling.scan(selling.gtin(COAT))
    for opening in ("F3", "F4", "F8", "F11", "Return"):
        press(selling, opening)
        page = selling.window.front
        for _ in range(30):
            selling.press(key)
            focus = QApplication.focusWidget()
            assert focus is not None
            assert focus is page or page.isAncestorOf(focus), (opening, focus)
        selling.press(Qt.Key.Key_Escape)
        assert selling.window.front is selling.sale
