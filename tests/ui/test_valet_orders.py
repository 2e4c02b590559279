"""The size is out here: a valet order in a few strokes, recorded first, listed with its state (G1, G2)."""

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_part_paid_once import breathe
from ui.screens.address import AddressPage, read_address
from ui.screens.valet import ValetScreen

ENTER = Qt.Key.Key_Return


def valet(counter: Counter) -> ValetScreen:
    """The valet screen, which must be in front."""
    screen = counter.window.place
    assert isinstance(screen, ValetScreen)
    return screen


def orders(counter: Counter) -> list[tuple[str, str, int]]:
    """State, guide and total of the orders in till.db."""
    rows = counter.store.rows("SELECT seen_state, guide, total FROM valet_order")
    return [(state, guide, total) for state, guide, total in rows]


@pytest.fixture
def placed(selling: Counter) -> Counter:
    """From the cart: F5, an arrow to the size that is wanted, Enter."""
    selling.scan(MEMBER)
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F5)
    selling.press(Qt.Key.Key_Right)
    assert valet(selling).sizes.cell is not None
    assert valet(selling).sizes.cell.sku == "A001-RED-120"  # type: ignore[union-attr]
    selling.press(ENTER)
    return selling


def test_from_the_cart_in_three_strokes(placed: Counter) -> None:
    assert orders(placed) == [("unconfirmed", "G1", 23900)]
    assert "等待总部确认" in placed.window.message.text
    assert "A001-RED-120" not in [line.sku for line in placed.cart.lines]


def test_an_order_at_another_price_than_was_seen_says_so(selling: Counter) -> None:
    """T-25: a page of the sync came while the guide was looking at the sum."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F5)
    assert valet(selling).side.due.text() == "259.00"
    selling.store.hq.price("A001-RED-110", 29900, "q1")
    selling.press(Qt.Key.Key_Return)
    ((_, _, total),) = orders(selling)
    assert total == 29900
    assert "299.00" in selling.window.message.text


def test_keys_and_side_speak_of_an_order_only_while_there_is_one(placed: Counter) -> None:
    """Nothing at the foot or at the side that would do nothing."""
    assert "填写地址" not in " ".join(one.text() for one in placed.shown_buttons())
    placed.scan(placed.gtin("A001-RED-110"))
    assert "填写地址" in " ".join(one.text() for one in placed.shown_buttons())
    assert "折扣" in [one.text() for one in placed.shown_buttons()]
    placed.press(ENTER)
    assert "折扣" not in [one.text() for one in placed.shown_buttons()]


def test_it_is_listed_with_its_state(placed: Counter) -> None:
    words = " ".join(placed.words(valet(placed).list))
    assert "待总部确认" in words
    assert "239.00" in words


def test_the_grid_shows_this_store_and_the_others(selling: Counter) -> None:
    selling.press(Qt.Key.Key_F5)
    selling.scan(selling.gtin("A001-RED-110"))
    cell = valet(selling).sizes.cell
    assert cell is not None
    assert (cell.here, cell.others) == (5, 43)


def test_the_guides_discount_stays_within_the_allowance(selling: Counter) -> None:
    """G2: HQ's steps; what is more than is left cannot be touched."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F5)
    before = valet(selling).side.due.text()
    selling.press(Qt.Key.Key_F8)
    assert (before, valet(selling).side.due.text()) == ("259.00", "249.00")
    selling.press(ENTER)
    assert orders(selling) == [("unconfirmed", "G1", 24900)]


def test_twenty_enters_are_one_order(selling: Counter) -> None:
    """T-15."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F5)
    for _ in range(20):
        selling.press(ENTER)
    assert len(orders(selling)) == 1


def test_an_address_is_pasted_whole_and_shown_masked(selling: Counter) -> None:
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F5)
    selling.press(Qt.Key.Key_F5)
    page = selling.window.front
    assert isinstance(page, AddressPage)
    page._paste.setText("王小明 13912341234 广东省深圳市南山区科苑路 15 号")
    selling.press(ENTER)
    words = " ".join(selling.words(valet(selling).side))
    assert "王** 139****1234" in words
    assert "13912341234" not in words
    breathe(selling)
    selling.press(ENTER)
    assert len(orders(selling)) == 1


def test_an_address_with_a_gap_is_not_taken(selling: Counter) -> None:
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F5)
    selling.press(Qt.Key.Key_F5)
    page = selling.window.front
    assert isinstance(page, AddressPage)
    selling.press(ENTER)
    assert selling.window.front is page
    assert page._error.text()


@pytest.mark.parametrize(
    ("text", "name", "phone"),
    [
        ("王小明 13912341234 广东省深圳市南山区科苑路 15 号", "王小明", "13912341234"),
        ("收货人：李雷，电话：138-0000-1234，地址：上海市黄浦区南京东路 1 号", "李雷", "13800001234"),
        ("上海市黄浦区南京东路 1 号", "", ""),
    ],
)
def test_a_pasted_address_is_taken_apart(text: str, name: str, phone: str) -> None:
    found = read_address(text)
    assert (found.name, found.phone) == (name, phone)
    assert "路" in found.text
