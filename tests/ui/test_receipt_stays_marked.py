"""A page over the receipts goes: the receipt that was looked at is still the one that Enter prints."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from tests.ui.test_settings_and_receipts import sold
from ui.screens.receipts import ReceiptsPage


def test_the_marked_receipt_stays_marked(selling: Counter) -> None:
    """The strip was touched between, and the copy was that of the customer after."""
    for _ in range(3):
        sold(selling)
    wanted: list[str] = []
    selling.shop.context.receipt_wanted.connect(lambda sale, _copy: wanted.append(sale))
    press(selling, "F11")
    page = selling.window.front
    assert isinstance(page, ReceiptsPage)
    selling.press(Qt.Key.Key_Down)
    looked_at = page._shown
    press(selling, "Shift+F1")
    press(selling, "Esc")
    assert page._shown == looked_at
    press(selling, "Return")
    assert wanted == [looked_at]
