"""After a wrong manager's PIN the next one is typed anew, not behind the wrong one."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from ui.screens.figure_page import FigurePage

COAT = "A001-RED-110"


def asked(selling: Counter) -> FigurePage:
    """A discount beyond the limit, at the moment when a manager is asked."""
    selling.store.hq.setting("discount_limit_bp", 1000)
    selling.scan(selling.gtin(COAT))
    selling.press(Qt.Key.Key_F8)
    page = selling.window.front
    assert isinstance(page, FigurePage)
    page._reason.setText("样品")
    selling.type("100\n")
    assert page._pin.hasFocus()
    return page


def test_the_right_pin_typed_after_a_wrong_one_is_taken(selling: Counter) -> None:
    """Else five tries are gone at once, though four of them were right."""
    page = asked(selling)
    selling.type("9998\n")
    assert "PIN 不正确" in page._error.text()
    assert page._pin.hasFocus()
    selling.type("9999\n")
    assert selling.cart.manual_off == 10000
    assert selling.window.front is selling.sale


def test_a_manager_types_after_somebody_who_is_none(selling: Counter) -> None:
    page = asked(selling)
    selling.type("2222\n")
    assert "店长" in page._error.text()
    selling.type("9999\n")
    assert selling.cart.manual_off == 10000
