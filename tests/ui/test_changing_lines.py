"""Quantity, price, discount, guide, void: by keys, with the reason and the manager that the rules ask for (C5, C8)."""

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from ui.screens.approval import ApprovalPage
from ui.screens.confirm import ConfirmPage
from ui.screens.figure_page import FigurePage
from ui.screens.guide import GuidePage
from ui.screens.payment import PaymentPage
from ui.screens.sale import SaleScreen

COAT, SHIRT = "A001-RED-110", "T001-RED-110"
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def two(selling: Counter) -> Counter:
    """A coat and a shirt in the cart; the shirt is marked."""
    for sku in (COAT, SHIRT):
        selling.scan(selling.gtin(sku))
    return selling


def page(counter: Counter) -> FigurePage:
    """The page of figures, which must be open."""
    front = counter.window.front
    assert isinstance(front, FigurePage)
    return front


def test_star_and_a_number_set_the_quantity_of_the_marked_line(two: Counter) -> None:
    two.type("*12\n")
    assert two.lines() == [("红羽绒服", "1"), ("红T恤", "12")]
    assert two.window.front is two.sale


def test_a_quantity_that_makes_no_sense_is_refused_with_the_limit(two: Counter) -> None:
    """S-5."""
    two.type("*0\n")
    assert "1 到 9999" in page(two)._error.text()
    two.press(Qt.Key.Key_Escape)
    assert two.lines() == [("红羽绒服", "1"), ("红T恤", "1")]


def test_by_touch_on_the_pad(two: Counter) -> None:
    two.type("*")
    two.click(two.button("3"))
    two.click(two.button("确定"))
    assert two.lines()[1] == ("红T恤", "3")


def test_a_discount_needs_a_reason(two: Counter) -> None:
    two.press(Qt.Key.Key_F8)
    two.type("5\n")
    assert "原因" in page(two)._error.text()
    page(two)._reason.setText("轻微瑕疵")
    two.press(Qt.Key.Key_Return)
    assert two.cart.manual_off == 500
    assert "轻微瑕疵" in two.sale.rows.rows[1].reasons


def test_beyond_the_limit_a_manager_is_asked_for_this_act(selling: Counter) -> None:
    """T-68: the PIN is good for one act, and names who approved."""
    two = selling
    two.store.hq.setting("discount_limit_bp", 1000)
    two.scan(two.gtin(COAT))
    two.scan(two.gtin(SHIRT))
    two.press(Qt.Key.Key_F8)
    page(two)._reason.setText("样品")
    two.type("30\n")
    assert page(two)._pin.isVisible()
    page(two)._pin.setText("2222")
    two.press(Qt.Key.Key_Return)
    assert "店长" in page(two)._error.text()
    page(two)._pin.setText("9999")
    two.press(Qt.Key.Key_Return)
    assert two.cart.manual_off == 3000
    two.press(Qt.Key.Key_F8)
    assert not page(two)._pin.isVisible()


def test_a_price_by_hand(two: Counter) -> None:
    two.press(Qt.Key.Key_F8, SHIFT)
    page(two)._reason.setText("吊牌价不符")
    two.type("49.50\n")
    assert two.sale.rows.rows[1].net == "49.50"
    assert "手工改价" in two.sale.rows.rows[1].reasons


def test_the_guide_of_the_sale_by_two_keys(two: Counter) -> None:
    two.press(Qt.Key.Key_F4)
    assert isinstance(two.window.front, GuidePage)
    names = two.guides()
    two.type(str(names.index("王") + 1))
    assert two.cart.guide_name == "王"
    assert isinstance(two.window.front, SaleScreen)


def test_another_guide_for_one_line(two: Counter) -> None:
    two.press(Qt.Key.Key_F4, SHIFT)
    two.type(str(two.guides().index("王") + 1))
    assert [line.guide_name for line in two.cart.lines] == ["林", "王"]
    assert "导购 王" in two.sale.rows.rows[1].detail


def test_a_badge_chooses_the_guide_of_the_sale(two: Counter) -> None:
    two.scan("BADGE-G2")
    assert two.cart.guide_name == "王"


def test_void_asks_first_and_empties_the_cart(two: Counter) -> None:
    """ux.md, manners: the one thing here that is confirmed."""
    two.press(Qt.Key.Key_Delete, SHIFT)
    assert isinstance(two.window.front, ConfirmPage)
    assert "2 件" in " ".join(two.words(two.window.front))
    two.press(Qt.Key.Key_Escape)
    assert len(two.lines()) == 2
    two.press(Qt.Key.Key_Delete, SHIFT)
    two.press(Qt.Key.Key_Return)
    assert two.lines() == []
    assert two.store.rows("SELECT count(*) FROM audit WHERE action = 'void'") == [(1,)]


def test_a_yes_that_was_typed_before_the_question_is_no_answer(two: Counter) -> None:
    """T-13: both keys came during a stall."""
    stamp = round(two.shop.scanner.keys.now_ms())
    two.wait(200)
    two.raw(Qt.Key.Key_Delete, "", stamp, SHIFT)
    two.rest()
    two.raw(Qt.Key.Key_Return, "\r", stamp + 90)  # at a person's pace, and long before the question was painted
    two.rest()
    assert len(two.lines()) == 2
    two.press(Qt.Key.Key_Return)
    assert two.lines() == []


@pytest.fixture
def beyond(selling: Counter) -> Counter:
    """A discount within the limit over a coat and a shirt; then the coat leaves."""
    selling.store.hq.setting("discount_limit_bp", 1000)
    for sku in (SHIRT, COAT):
        selling.scan(selling.gtin(sku))
    selling.press(Qt.Key.Key_F8)
    page(selling)._reason.setText("样品")
    selling.click(selling.button("整单"))
    selling.type("30\n")
    assert selling.cart.manual_off == 3000
    selling.press(Qt.Key.Key_Delete)
    assert selling.lines() == [("红T恤", "1")]
    return selling


def approval(counter: Counter) -> ApprovalPage:
    """The page that asks for a manager, which must be open."""
    front = counter.window.front
    assert isinstance(front, ApprovalPage)
    return front


def test_a_discount_that_outgrew_its_lines_asks_a_manager_before_payment(beyond: Counter) -> None:
    """S-23, T-68: one sentence, a PIN by touch, and payment opens."""
    beyond.press(Qt.Key.Key_Return)
    asked = approval(beyond)
    assert "已超过收银员权限" in " ".join(beyond.words(asked))
    for digit in "2222":
        beyond.click(beyond.button(digit))
    beyond.click(beyond.button("确认并收款"))
    assert approval(beyond) is asked
    assert "店长" in asked._error.text()
    for digit in "9999":
        beyond.click(beyond.button(digit))
    beyond.click(beyond.button("确认并收款"))
    assert beyond.window.front.name == PaymentPage.name
    assert beyond.cart.due == 2900


def test_without_the_manager_the_cart_stays_as_it_was(beyond: Counter) -> None:
    beyond.press(Qt.Key.Key_Return)
    beyond.press(Qt.Key.Key_Escape)
    assert beyond.window.front is beyond.sale
    assert (beyond.cart.paying, beyond.cart.total) == (False, 2900)
    beyond.press(Qt.Key.Key_Return)
    assert "收银员权限" in " ".join(beyond.words(approval(beyond))), "asked again, not let through"
