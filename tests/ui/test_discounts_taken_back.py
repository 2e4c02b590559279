"""What was taken off by hand by mistake is put right at the counter, without throwing the cart away."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter

ENTER, F8, SHIFT = Qt.Key.Key_Return, Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier


def discounted(counter: Counter, figure: str, scope: str) -> None:
    """So much off, for a stain."""
    counter.press(F8)
    counter.click(counter.button(scope))
    counter.click(counter.button("轻微瑕疵"))
    counter.type(figure + "\n")


def test_a_discount_on_the_whole_sale_is_taken_back(selling: Counter) -> None:
    """50 was typed for 5. Another discount only came on top, so nothing but the void of the sale put it right."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.scan(selling.gtin("T001-RED-110"))
    before = selling.cart.total
    discounted(selling, "50", "整单")
    assert selling.cart.total == before - 5000
    selling.press(F8)
    selling.click(selling.button("整单"))
    selling.rest()
    selling.click(selling.button("撤销 -50.00"))
    assert (selling.cart.total, selling.cart.manual_off) == (before, 0)
    assert selling.window.pages == []
    discounted(selling, "5", "整单")
    assert selling.cart.total == before - 500


def test_of_a_line_those_of_other_lines_stay(selling: Counter) -> None:
    """By keys too: Tab goes to the button, Enter presses it."""
    for sku in ("A001-RED-110", "T001-RED-110"):
        selling.scan(selling.gtin(sku))
        discounted(selling, "10", "这一行")
    assert selling.cart.manual_off == 2000
    selling.press(F8)
    button = selling.button("撤销 -10.00")
    for _ in range(30):
        if button.hasFocus():
            break
        selling.press(Qt.Key.Key_Tab)
    selling.press(ENTER)
    assert selling.cart.manual_off == 1000
    assert [bool(line.discounts) for line in selling.cart.lines] == [True, False]


def test_a_price_by_hand_is_taken_back(selling: Counter) -> None:
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(F8, SHIFT)
    selling.click(selling.button("吊牌价不符"))
    selling.type("1\n")
    assert selling.cart.total == 100
    selling.press(F8, SHIFT)
    selling.click(selling.button("恢复原价"))
    assert selling.cart.total == 25_900


def test_nothing_to_take_back_is_not_offered(selling: Counter) -> None:
    selling.scan(selling.gtin("A001-RED-110"))
    for held in (Qt.KeyboardModifier.NoModifier, SHIFT):
        selling.press(F8, held)
        assert not [one for one in selling.shown_buttons() if one.text().startswith(("撤销", "恢复"))]
        selling.press(Qt.Key.Key_Escape)
