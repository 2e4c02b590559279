"""A new member belongs to the guide whose badge was scanned, also where it is scanned on the very page (C4)."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from ui.screens.register import RegisterPage

F3, ENTER = Qt.Key.Key_F3, Qt.Key.Key_Return


def registering(selling: Counter) -> RegisterPage:
    selling.press(F3)
    selling.press(F3)
    page = selling.window.front
    assert isinstance(page, RegisterPage)
    page._phone.setText("13700001111")
    return page


def own_guides(counter: Counter) -> list[tuple[str]]:
    return [(guide,) for (guide,) in counter.store.rows("SELECT own_guide FROM local_member")]


def test_a_badge_scanned_while_registering_binds_the_member(selling: Counter) -> None:
    """G2 brought the customer in, at the till of G1."""
    page = registering(selling)
    selling.scan("BADGE-G2")
    assert page._guide_buttons["G2"].isChecked()
    selling.press(ENTER)
    assert own_guides(selling) == [("G2",)]


def test_a_guide_chosen_by_touch_stays_where_something_else_is_scanned(selling: Counter) -> None:
    page = registering(selling)
    selling.click(page._guide_buttons["G2"])
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(ENTER)
    assert own_guides(selling) == [("G2",)]
