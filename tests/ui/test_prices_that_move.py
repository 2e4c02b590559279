"""HQ changes a price while a cart is open: the cart keeps it until the next act, and then the cashier is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt

from posclient.actions import checkout
from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import hear
from ui.context import Message

COAT, SHIRT = "A001-RED-110", "T001-RED-110"
ENTER = Qt.Key.Key_Return
TOLD = "红羽绒服"


@pytest.fixture
def moved(selling: Counter) -> Counter:
    """A coat in the cart whose price has gone down at HQ."""
    selling.scan(selling.gtin(COAT))
    selling.store.hq.price(COAT, 19900, "q-lower")
    selling.shop.ask_status()
    selling.rest()
    return selling


def warnings(heard: list[Message]) -> list[str]:
    return [one.text for one in heard if one.kind == "warning"]


def due(counter: Counter) -> str:
    return counter.sale.side.due.text()


def test_nothing_changes_under_the_cashiers_hands(moved: Counter) -> None:
    """T-25, architecture.md: a page from HQ never changes an open cart by itself."""
    assert due(moved) == "259.00"


def test_the_next_scan_prices_anew_and_says_which_line(moved: Counter) -> None:
    """T-25: and the message stays on screen, though the scan went well."""
    moved.scan(moved.gtin(SHIRT))
    assert due(moved) == "258.00"
    assert moved.window.message.isVisible()
    assert any(TOLD in text for text in moved.words(moved.window.message))
    moved.scan(moved.gtin(SHIRT))
    assert not moved.window.message.isVisible(), "told once"


def test_payment_opens_with_the_new_price_and_says_so(moved: Counter) -> None:
    """T-25, T-13: what is settled is what the payment page shows."""
    heard = hear(moved)
    moved.press(ENTER)
    assert moved.cart.due == 19900
    assert [TOLD in text for text in warnings(heard)] == [True]
    assert moved.window.message.isVisible()
    moved.press(ENTER)
    assert moved.store.rows("SELECT total FROM sale") == [(19900,)]


def test_a_price_whose_hour_has_come_is_told_as_well(selling: Counter) -> None:
    """T-25: offline too, since prices carry from and until."""
    at = selling.store.clock.now() + timedelta(hours=1)
    selling.store.hq.price(COAT, 9900, "q-night", at)
    selling.scan(selling.gtin(COAT))
    selling.store.clock.forward(hours=2)
    heard = hear(selling)
    selling.press(Qt.Key.Key_F3)
    selling.type("1234")
    selling.press(Qt.Key.Key_Escape)
    assert warnings(heard) == [], "looking is no act"
    selling.scan(selling.gtin(SHIRT))
    assert [TOLD in text for text in warnings(heard)] == [True]
    assert due(selling) == "158.00"


def test_the_same_line_moves_twice(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    selling.store.hq.price(COAT, 19900, "q1")
    heard = hear(selling)
    selling.scan(selling.gtin(SHIRT))
    assert [TOLD in text for text in warnings(heard)] == [True]
    selling.store.hq.price(COAT, 29900, "q2")
    selling.scan(selling.gtin(SHIRT))
    assert due(selling) == "417.00"
    assert [TOLD in text for text in warnings(heard)] == [True, True]


def test_a_coupon_that_waits_does_not_hide_that_a_price_moved(selling: Counter) -> None:
    selling.store.hq.coupon("CPN0000001", "M1", {"kind": "amount_off", "amount": 1000, "min_spend": 1_000_000})
    selling.scan(MEMBER)
    selling.scan(selling.gtin(COAT))
    selling.store.hq.price(COAT, 29900, "q1")
    selling.scan("CPN0000001")
    assert due(selling) == "299.00"
    assert TOLD in selling.window.message.text


def test_a_price_moved_while_a_manager_is_asked(selling: Counter) -> None:
    selling.store.hq.setting("discount_limit_bp", 1000)
    selling.scan(selling.gtin(COAT))
    selling.scan(selling.gtin(SHIRT))
    view = checkout.discount(selling.till, "amount_off", 3000, "线头")
    selling.shop.context.show_cart(view)
    selling.store.hq.price(COAT, 19900, "q1")
    heard = hear(selling)
    selling.rest()
    selling.press(Qt.Key.Key_Return)
    selling.type("9999\n")
    assert (selling.cart.paying, selling.cart.due) == (True, 19900 + 5900 - 3000)
    assert [TOLD in text for text in warnings(heard)] == [True]
    assert selling.window.message.isVisible()
    assert TOLD in selling.window.message.text
