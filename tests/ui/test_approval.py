"""While a manager is asked, the cart stays what they see: a scan is refused, and said to be (S-23)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from posclient.actions import checkout
from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_pin_again import COAT
from tests.ui.test_pin_again import asked as asked_for_discount
from ui.screens.approval import ApprovalPage
from ui.screens.payment import PaymentPage

SHIRT, ENTER = "T001-RED-110", Qt.Key.Key_Return


def before_payment(selling: Counter) -> None:
    """A price by hand was within the limit when it was set; HQ has lowered the limit since."""
    selling.scan(selling.gtin(COAT))
    selling.shop.context.show_cart(checkout.set_price(selling.till, selling.cart.lines[0].id, 24_000, "样品"))
    selling.rest()
    selling.store.hq.setting("discount_limit_bp", 100)
    selling.press(ENTER)
    assert isinstance(selling.window.front, ApprovalPage)


@pytest.mark.parametrize("ask", [asked_for_discount, before_payment])
@pytest.mark.parametrize("text", [SHIRT, MEMBER, "BADGE-G2"])
def test_a_scan_is_refused_until_the_manager_has_answered(
    selling: Counter, ask: Callable[[Counter], object], text: str
) -> None:
    ask(selling)
    page, before = selling.window.front, selling.cart
    selling.scan(selling.gtin(text) if text == SHIRT else text)
    assert selling.cart == before
    assert selling.shop.context.tones.played == "failure"
    assert "店长" in selling.window.message.text
    assert selling.window.front is page
    selling.type("9999\n")
    assert [line.sku for line in selling.cart.lines] == [COAT], "and the PIN still goes where it was going"


def test_what_was_refused_is_rung_up_after_the_answer(selling: Counter) -> None:
    asked_for_discount(selling)
    selling.scan(selling.gtin(SHIRT))
    selling.type("9999\n")
    selling.scan(selling.gtin(SHIRT))
    assert sorted(selling.lines_of_cart()) == [("红T恤", 1), ("红羽绒服", 1)]


def test_a_cashier_who_goes_back_scans_on(selling: Counter) -> None:
    before_payment(selling)
    selling.press(Qt.Key.Key_Escape)
    selling.scan(selling.gtin(SHIRT))
    assert sorted(selling.lines_of_cart()) == [("红T恤", 1), ("红羽绒服", 1)]
    assert not isinstance(selling.window.front, PaymentPage)
