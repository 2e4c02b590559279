"""A button that Tab has chosen goes away: the keys are for what is in front, and for no other button."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from posclient.db import sales
from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from tests.ui.test_valet_orders import orders, valet
from ui.widgets.button import Button

ENTER, TAB = Qt.Key.Key_Return, Qt.Key.Key_Tab
#: Longer than a breath (ms).
LATER = 700


def tab_to(counter: Counter, found: Callable[[QWidget | None], bool]) -> None:
    for _ in range(60):
        counter.press(TAB)
        if found(QApplication.focusWidget()):
            return
    pytest.fail("Tab never comes there")


def test_after_a_payment_is_taken_back_enter_takes_what_is_typed(selling: Counter) -> None:
    """The rail had the keys next: Enter went to the sale and back, and what was typed was gone. The next one took the
    exact amount, and the customer's change was not told.
    """
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(ENTER)
    selling.type("20")
    selling.press(ENTER)
    tab_to(selling, lambda part: part is not None and part.accessibleName() == "remove")
    selling.press(ENTER)
    assert selling.cart.payments == ()
    selling.wait(LATER)
    selling.type("300")
    selling.press(ENTER)
    (sale,) = sales.recent(selling.till.db, 9)
    assert [(one.amount, one.tendered) for one in sale.payments] == [(25_900, 30_000)]


def test_after_a_discount_is_chosen_enter_submits_the_order(selling: Counter) -> None:
    """It went to the sale."""
    selling.scan(selling.gtin("A001-RED-110"))
    press(selling, "F5")
    tab_to(selling, lambda part: isinstance(part, Button) and part.text() == "-10")
    selling.press(ENTER)
    assert valet(selling).side.due.text() == "249.00"
    selling.wait(LATER)
    selling.press(ENTER)
    assert orders(selling) == [("unconfirmed", "G1", 24_900)]
