"""A card is declined and tried again, for the same amount: nobody approves it before they see it (T-13)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_settling_once import paying, sales

ENTER, ESCAPE, F3 = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_F3


@pytest.mark.parametrize("declined", [0, 1, 2])
def test_enter_in_a_stall_approves_no_card(selling: Counter, declined: int) -> None:
    """F3 and Enter were pressed while the till stood still: the terminal has not even been told the amount."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(ENTER)
    for _ in range(declined):
        selling.press(F3)
        selling.press(ESCAPE)
    page = paying(selling)
    selling.wait(100)
    stamp = round(selling.shop.scanner.keys.now_ms())
    selling.wait(30)
    for key, sign, at in ((F3, "", stamp), (ENTER, "\r", stamp + 5)):
        selling.raw(key, sign, at)
        selling.rest()
        selling.wait(20)
    assert (sales(selling), page.charge_pending) == (0, True)
    selling.press(ENTER)
    assert sales(selling) == 1
