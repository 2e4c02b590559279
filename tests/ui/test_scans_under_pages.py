"""A scan while a page is open counts, and what the page says afterwards still means the cart as it was seen."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from ui.screens.confirm import ConfirmPage
from ui.screens.payment import PaymentPage

COAT, SHIRT, ENTER = "A001-RED-110", "T001-RED-110", Qt.Key.Key_Return


def test_an_enter_on_an_untouched_quantity_takes_no_scan_back(selling: Counter) -> None:
    """T-27: `*`, the same article scanned once more, Enter: two pieces, as the tone said."""
    selling.scan(selling.gtin(COAT))
    selling.type("*")
    selling.scan(selling.gtin(COAT))
    assert selling.lines_of_cart() == [("红羽绒服", 2)]
    selling.press(ENTER)
    assert selling.window.front is selling.sale
    assert selling.lines_of_cart() == [("红羽绒服", 2)]


def test_a_quantity_that_was_typed_is_what_counts(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    selling.type("*")
    selling.scan(selling.gtin(COAT))
    selling.type("5\n")
    assert selling.lines_of_cart() == [("红羽绒服", 5)]


def test_a_scan_withdraws_the_question_whether_to_void(selling: Counter) -> None:
    """It named pieces and money that are no longer those of the cart: Enter must not void what nobody was asked of."""
    selling.scan(selling.gtin(COAT))
    selling.press(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert selling.window.front.name == ConfirmPage.name
    selling.scan(selling.gtin(SHIRT))
    assert selling.window.front is selling.sale
    assert sorted(selling.lines_of_cart()) == [("红T恤", 1), ("红羽绒服", 1)]


def test_a_scan_hands_no_money_back(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.type("100\n")
    selling.press(Qt.Key.Key_Escape)
    assert selling.window.front.name == ConfirmPage.name
    selling.scan(selling.gtin(SHIRT))
    assert selling.window.front.name == PaymentPage.name
    assert [one.amount for one in selling.cart.payments] == [10000]
    assert selling.window.message.kind == "danger", "it says why the article is not in the cart"
