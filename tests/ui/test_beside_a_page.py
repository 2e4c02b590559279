"""Beside a page the right side of the screen stays in sight; a touch there does nothing behind the page's back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from posclient.domain.valet import Address
from tests.ui.conftest import Counter
from tests.ui.test_approval import before_payment
from tests.ui.test_late_answers import press
from tests.ui.test_settling_once import COAT, paying
from tests.ui.test_valet_orders import orders, valet
from ui.screens.address import AddressPage
from ui.screens.member import MemberPage


def touch(counter: Counter, part: QWidget) -> None:
    """A finger on that spot of the glass, whoever gets it."""
    spot = part.mapTo(counter.window, part.rect().center())
    QTest.mouseClick(counter.window.windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    counter.rest()


def test_no_order_is_placed_without_the_address_that_is_being_typed(selling: Counter) -> None:
    """It went to this store, and the address stayed for the next customer's order."""
    selling.scan(selling.gtin(COAT))
    press(selling, "F5")
    press(selling, "F5")
    page = selling.window.front
    assert isinstance(page, AddressPage)
    page._fill(Address("王小明", "13912341234", "科苑路 15 号"))
    touch(selling, valet(selling).side.submit)
    assert orders(selling) == []
    assert selling.window.front is page
    selling.press(Qt.Key.Key_Return)
    touch(selling, valet(selling).side.submit)
    assert len(orders(selling)) == 1
    assert selling.store.rows("SELECT count(*) FROM valet_order WHERE side IS NOT NULL") == [(1,)]


def test_no_payment_opens_over_the_page_of_the_member(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    press(selling, "F3")
    touch(selling, selling.sale.side.pay)
    assert isinstance(selling.window.front, MemberPage)
    press(selling, "Esc")
    touch(selling, selling.sale.side.pay)
    assert paying(selling)._view is not None


def test_the_keys_stay_with_a_manager_s_pin(selling: Counter) -> None:
    before_payment(selling)
    field = QApplication.focusWidget()
    touch(selling, selling.sale.side.due)
    assert QApplication.focusWidget() is field
    selling.type("9999\n")
    assert selling.cart.paying
