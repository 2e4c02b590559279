"""A finger that bounces on the sale's button opens its payment, and does not settle it in cash (T-15)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.ui.conftest import Counter
from tests.ui.test_part_paid_once import breathe
from tests.ui.test_settling_once import COAT, paying, sales


def test_the_second_touch_does_not_pay(selling: Counter) -> None:
    """The payment's own button comes up under the finger, and a sale that is settled cannot be taken back."""
    selling.scan(selling.gtin(COAT))
    button = selling.sale.side.pay
    spot, glass = button.mapTo(selling.window, button.rect().center()), selling.window.windowHandle()
    for _ in range(2):
        QTest.mouseClick(glass, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
        selling.wait(120)
    assert not paying(selling).finished
    assert sales(selling) == 0
    breathe(selling)
    QTest.mouseClick(glass, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    selling.rest()
    assert sales(selling) == 1
