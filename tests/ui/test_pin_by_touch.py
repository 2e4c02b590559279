"""A manager gives their PIN on the page of a figure by touch alone, in dots (T-68)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_pin_again import asked
from ui.screens.entry import PricePage


def touch(counter: Counter, digits: str) -> None:
    """The number pad."""
    for digit in digits:
        counter.click(counter.button(digit))


def test_a_pin_by_touch_lets_a_discount_pass(selling: Counter) -> None:
    """Its digits went into the discount: in large figures, for everybody to read, and there was no way to give it."""
    page = asked(selling)
    touch(selling, "9999")
    assert (page.value, page._pin.text()) == ("100", "9999")
    selling.click(selling.button("确定"))
    assert selling.cart.manual_off == 10000
    assert selling.window.front is selling.sale


def test_a_price_by_hand_too(selling: Counter) -> None:
    selling.store.hq.setting("discount_limit_bp", 1000)
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    page = selling.window.front
    assert isinstance(page, PricePage)
    touch(selling, "100")
    selling.click(selling.button("轻微瑕疵"))
    selling.click(selling.button("确定"))
    touch(selling, "9999")
    selling.click(selling.button("确定"))
    assert selling.cart.total == 10_000


@pytest.mark.parametrize("words", ["轻微瑕疵", "减百分比", "这一行"])
def test_after_a_touch_beside_it_the_keys_are_still_the_pins(selling: Counter, words: str) -> None:
    page = asked(selling)
    selling.click(selling.button(words))
    selling.type("9998")
    selling.press(Qt.Key.Key_Backspace)
    selling.type("9\n")
    assert page.value == "100"
    assert selling.window.front is selling.sale
    assert selling.cart.manual_off == (25_900 if words == "减百分比" else 10_000)


def test_the_figure_is_shown_as_it_counts(selling: Counter) -> None:
    page = asked(selling)
    selling.click(selling.button("减百分比"))
    assert page._shown.text() == "100 %"
