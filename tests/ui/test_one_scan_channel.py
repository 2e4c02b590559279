"""ux.md, scanning, in the real window: wherever the focus is and whatever page is open, a scan is a scan."""

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from tests.ui.conftest import MEMBER, Counter
from ui.screens.screen import Page

COAT, SHIRT = "A001-RED-110", "T001-RED-110"
KEYS = {
    "member": Qt.Key.Key_F3,
    "guide": Qt.Key.Key_F4,
    "discount": Qt.Key.Key_F8,
    "quantity": Qt.Key.Key_Asterisk,
}


def fields(counter: Counter) -> list[QLineEdit]:
    """Text fields that can be seen."""
    return [one for one in counter.window.findChildren(QLineEdit) if one.isVisible()]


def everything_that_takes_the_focus(counter: Counter) -> list[QWidget]:
    """Whatever Tab or a finger could give the focus to."""
    widgets = [counter.window, *counter.window.findChildren(QWidget)]
    return [one for one in widgets if one.isVisible() and one.focusPolicy() is not Qt.FocusPolicy.NoFocus]


def test_a_scan_in_every_focus_state(selling: Counter) -> None:
    """T-28, T-30: search box, list, coupons, every button: one line, no press, no text left behind."""
    selling.scan(MEMBER)  # with a member all parts are there
    selling.scan(selling.gtin(COAT))
    widgets = everything_that_takes_the_focus(selling)
    assert len(widgets) > 8
    clicks: list[bool] = []
    for button in selling.window.findChildren(QPushButton):
        button.clicked.connect(clicks.append)
    for expected, widget in enumerate(widgets, 2):
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        selling.scan(selling.gtin(COAT))
        assert selling.lines() == [("红羽绒服", str(expected))], widget
        assert [field.text() for field in fields(selling)] == [""]
    assert clicks == []


@pytest.mark.parametrize("deed", KEYS)
def test_a_scan_while_a_page_is_open(selling: Counter, deed: str) -> None:
    """T-27: with a quantity, price or discount field in focus the digits go into the cart, never into the field."""
    selling.scan(selling.gtin(SHIRT))
    selling.press(KEYS[deed]) if deed != "quantity" else selling.type("*")
    page = selling.window.front
    assert isinstance(page, Page)
    before = {field: field.text() for field in fields(selling)}
    selling.scan(selling.gtin(COAT))
    assert sorted(selling.lines_of_cart()) == [("红T恤", 1), ("红羽绒服", 1)]
    assert [before.get(field, "") for field in fields(selling)] == [field.text() for field in fields(selling)]


def test_fast_typing_is_not_a_scan(selling: Counter) -> None:
    """T-29: twelve characters a second, a phone number: it goes where the focus is."""
    selling.press(Qt.Key.Key_F3)
    selling.type("13912341234", gap_ms=83)
    assert "13912341234" in [field.text() for field in fields(selling)]
    assert selling.lines_of_cart() == []


def test_scans_while_the_focus_is_torn_about(selling: Counter) -> None:
    """T-31: search opened and left a hundred times, a scan after each."""
    for count in range(1, 101):
        selling.press(Qt.Key.Key_F2)
        selling.press(Qt.Key.Key_Escape)
        selling.scan(selling.gtin(SHIRT))
        assert selling.lines_of_cart() == [("红T恤", count)]


def test_two_hundred_scans_without_touching_anything_else(selling: Counter) -> None:
    """T-32, T-35: twenty a second, none lost, order kept."""
    codes = [selling.gtin(COAT), selling.gtin(SHIRT), selling.gtin("R001-BLUE-120"), selling.gtin("A001-BLUE-130")]
    start = selling.shop.scanner.keys.now_ms() + 60
    for number in range(200):
        for place, sign in enumerate(codes[number % 4] + "\n"):
            selling.key(sign, round(start + number * 50 + place * 2))
    selling.rest()
    assert [qty for _, qty in selling.lines_of_cart()] == [50, 50, 50, 50]
    assert [line.sku for line in selling.cart.lines] == [COAT, SHIRT, "R001-BLUE-120", "A001-BLUE-130"]


def test_a_scan_while_a_page_slides_and_goes(selling: Counter) -> None:
    """T-33: digits keep their order while the focus is on its way."""
    selling.window.stage.animated = True
    for _ in range(5):
        selling.press(Qt.Key.Key_F3)
        selling.scan(selling.gtin(SHIRT))
        selling.press(Qt.Key.Key_Escape)
        selling.scan(selling.gtin(SHIRT))
    assert selling.lines_of_cart() == [("红T恤", 10)]


@pytest.mark.parametrize("part", ["6901", "69012345"])
def test_a_broken_scan_is_seen_and_heard(selling: Counter, part: str) -> None:
    """T-34, T-39: it says what was read and what to do, and adds no line."""
    selling.scan(part)
    assert selling.shop.context.tones.played == "failure"
    assert part in selling.window.message.text
    assert selling.lines_of_cart() == []


def composed(counter: Counter, *events: QInputMethodEvent) -> None:
    """As an input method answers, key by key, while a scanner types."""
    target = QApplication.focusWidget()
    assert target is not None
    for event in events:
        QCoreApplication.sendEvent(target, event)
        counter.wait(4)
    counter.rest()


def committed(text: str) -> QInputMethodEvent:
    event = QInputMethodEvent()
    event.setCommitString(text)
    return event


def test_a_scan_that_went_through_an_input_method_is_taken_out_again(selling: Counter) -> None:
    """T-36: Chinese input on in the search field: the code goes into the cart, what was typed before stays."""
    selling.press(Qt.Key.Key_F2)
    search = selling.sale.search
    assert search.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    composed(selling, committed("羽"))
    selling.wait(60)
    composed(selling, *(committed(sign) for sign in selling.gtin(COAT)))
    assert search.text() == "羽"
    assert selling.lines_of_cart() == [("红羽绒服", 1)]


def test_input_methods_are_off_wherever_chinese_is_not_written(selling: Counter) -> None:
    """T-36: the scan target, number fields and buttons take raw keys."""
    method = Qt.WidgetAttribute.WA_InputMethodEnabled
    assert not selling.sale.cart.testAttribute(method)
    for key in (Qt.Key.Key_F3, Qt.Key.Key_F8):
        selling.press(key)
        number_fields = [field for field in fields(selling) if getattr(field, "kind", "text") != "text"]
        assert not any(field.testAttribute(method) for field in number_fields)
        selling.press(Qt.Key.Key_Escape)


CONTROL = Qt.KeyboardModifier.ControlModifier


def bad_barcode(counter: Counter) -> None:
    """Ctrl+O, Ctrl+L, F10, Esc and Enters at a scanner's pace, as a hostile label types them."""
    start = counter.shop.scanner.keys.now_ms() + 60
    keys = [(Qt.Key.Key_O, CONTROL, "\x0f"), (Qt.Key.Key_L, CONTROL, "\x0c"), (Qt.Key.Key_F10, None, "")] * 2
    for place, (key, modifiers, text) in enumerate([*keys, (Qt.Key.Key_Return, None, "\r")] * 3):
        counter.raw(key, text, round(start + place * 3), modifiers or Qt.KeyboardModifier.NoModifier)
    counter.rest()


def test_a_hostile_label_presses_no_key_of_ours(selling: Counter) -> None:
    """S-1: control codes from a scanner neither lock the till, nor open the settings, nor pay."""
    selling.scan(selling.gtin(COAT))
    bad_barcode(selling)
    assert selling.shop.context.staff is not None
    assert selling.window.front is selling.sale
    assert selling.lines_of_cart() == [("红羽绒服", 1)]


def test_before_log_in_a_scan_sells_nothing(counter: Counter) -> None:
    """A product at the login is refused with a word; the login takes it for a badge and asks for the PIN."""
    counter.scan(counter.gtin(COAT))
    assert counter.shop.context.staff is None
    counter.type("1111\n")
    assert counter.shop.context.staff is None, "an unknown badge with a right PIN"
    counter.log_in()
    assert counter.lines_of_cart() == []
