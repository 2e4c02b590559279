"""A payment waits while the guide is at the valet orders: it comes back with the sale, and not over another place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_settling_once import COAT, paying, sales

ENTER, ESCAPE = Qt.Key.Key_Return, Qt.Key.Key_Escape


@pytest.mark.parametrize("code", [MEMBER, "nothing-known"])
def test_a_scan_at_the_valet_orders_brings_no_payment_up(selling: Counter, code: str) -> None:
    """The customer looks for another card. Enter, meant for the order, settled their sale in cash."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    paying(selling)
    selling.window.rail.chosen.emit("valet")
    selling.scan(code)
    assert selling.window.front.name == "valet"
    selling.press(ENTER)
    assert sales(selling) == 0
    selling.press(ESCAPE)
    paying(selling)
    selling.press(ENTER)
    assert sales(selling) == 1
