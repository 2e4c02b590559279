"""Somebody looks at the coupons by F7 and scans on: Enter collects again, and turns no coupon."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Qt

from tests.ui.conftest import MEMBER, Counter
from tests.ui.played_line import lease
from ui.screens.payment import PaymentPage


def test_enter_after_a_scan_collects(leasing: Counter) -> None:
    """It took the coupon out that the till had chosen, and the customer paid 10.00 more."""
    lease(leasing, leasing.store.clock.at + timedelta(hours=3))
    leasing.scan(MEMBER)
    assert leasing.cart.coupon_off == 1000
    leasing.press(Qt.Key.Key_F7)
    leasing.scan(leasing.gtin("T001-RED-110"))
    leasing.press(Qt.Key.Key_Return)
    assert leasing.cart.coupon_off == 1000
    assert isinstance(leasing.window.front, PaymentPage)


def test_without_a_scan_enter_turns_the_coupon(leasing: Counter) -> None:
    lease(leasing, leasing.store.clock.at + timedelta(hours=3))
    leasing.scan(MEMBER)
    leasing.press(Qt.Key.Key_F7)
    leasing.press(Qt.Key.Key_Return)
    assert leasing.cart.coupon_off == 0
    assert leasing.sale.side.coupons.hasFocus()
