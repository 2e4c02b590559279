"""Whose address a valet order goes to: that of the customer at the counter, never of the one before."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.actions.kidswear import STORE, member_row
from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_part_paid_once import breathe
from tests.ui.test_valet_orders import orders, valet
from ui.screens.address import AddressPage

ENTER = Qt.Key.Key_Return
HOME = "王小明 13912341234 广东省深圳市南山区科苑路 15 号"


@pytest.fixture
def addressed(selling: Counter) -> Counter:
    """For a customer with a coat in the cart the guide has typed an address; then they wanted no order after all."""
    selling.scan(MEMBER)
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F5)
    selling.press(Qt.Key.Key_F5)
    page = selling.window.front
    assert isinstance(page, AddressPage)
    page._paste.setText(HOME)
    selling.press(ENTER)
    assert "王** 139****1234" in selling.words(valet(selling).side)
    breathe(selling)
    selling.window.go("sale")
    return selling


def sides(counter: Counter) -> int:
    """Addresses that were sent along with an order."""
    ((found,),) = counter.store.rows("SELECT count(*) FROM side_record")
    return int(found)


def test_the_next_customers_order_does_not_go_to_the_one_before(addressed: Counter) -> None:
    """T-67: the first one pays their coat and goes; the next one's size is out too."""
    addressed.press(ENTER)
    addressed.press(ENTER)
    assert addressed.store.rows("SELECT count(*) FROM sale") == [(1,)]
    addressed.press(Qt.Key.Key_Escape)
    addressed.scan(addressed.gtin("A001-BLUE-110"))
    addressed.press(Qt.Key.Key_F5)
    assert "王** 139****1234" not in " ".join(addressed.words(valet(addressed).side))
    addressed.press(ENTER)
    assert (len(orders(addressed)), sides(addressed)) == (1, 0)


def test_a_screen_that_was_left_open_for_one_customer_is_not_the_next_ones(addressed: Counter) -> None:
    addressed.press(ENTER)
    addressed.press(ENTER)
    addressed.press(Qt.Key.Key_Escape)
    addressed.scan(addressed.gtin("A001-BLUE-110"))
    addressed.window.go("valet")
    assert "王** 139****1234" not in " ".join(addressed.words(valet(addressed).side))


def test_another_guide_begins_without_an_address(addressed: Counter) -> None:
    addressed.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    addressed.log_in("2222")
    addressed.press(Qt.Key.Key_F5)
    assert "王** 139****1234" not in " ".join(addressed.words(valet(addressed).side))


def test_an_address_stays_while_the_same_customer_chooses(addressed: Counter) -> None:
    """Back at the grid, another style by a scan, a member whose code comes last: still the one address."""
    addressed.window.go("valet")
    addressed.scan(addressed.gtin("T001-RED-110"))
    addressed.scan("BADGE-G2")
    assert "王** 139****1234" in " ".join(addressed.words(valet(addressed).side))
    addressed.press(ENTER)
    assert (len(orders(addressed)), sides(addressed)) == (1, 1)


def address_from_valet(selling: Counter) -> None:
    """An article is looked up at the valet screen itself, and an address typed for it."""
    selling.window.go("valet")
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F5)
    page = selling.window.front
    assert isinstance(page, AddressPage)
    page._paste.setText(HOME)
    selling.press(ENTER)


def test_another_member_has_another_address(selling: Counter) -> None:
    """T-67: nobody bought anything, so the cart is the same empty one; the next customer's code is scanned."""
    selling.store.hq.send(STORE, member_row("M2", "李小红", "13800005678", code="QL88880002"))
    selling.scan(MEMBER)
    address_from_valet(selling)
    assert "王** 139****1234" in selling.words(valet(selling).side)
    selling.scan("QL88880002")
    assert "王** 139****1234" not in selling.words(valet(selling).side)
    breathe(selling)
    selling.press(ENTER)
    assert (len(orders(selling)), sides(selling)) == (1, 0)


def test_a_member_who_comes_last_keeps_the_address(selling: Counter) -> None:
    address_from_valet(selling)
    selling.scan(MEMBER)
    assert "王** 139****1234" in selling.words(valet(selling).side)
