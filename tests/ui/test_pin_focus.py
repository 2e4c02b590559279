"""A page over a manager's question goes: the PIN goes on into its own field, in dots (T-68)."""

from __future__ import annotations

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from ui.screens.entry import DiscountPage


def test_a_pin_is_never_typed_into_the_figure(selling: Counter) -> None:
    """The strip was touched between; the digits of the PIN stood there in large figures, for everybody to read."""
    selling.store.hq.setting("discount_limit_bp", 1000)
    selling.scan(selling.gtin("A001-RED-110"))
    press(selling, "F8")
    page = selling.window.front
    assert isinstance(page, DiscountPage)
    selling.type("50")
    page._reason.setText("污渍")
    press(selling, "Return")
    assert page._asks_manager
    press(selling, "Shift+F1")
    assert selling.window.front is not page
    press(selling, "Esc")
    selling.type("9999")
    assert page.value == "50"
    press(selling, "Return")
    assert selling.cart.total == 20_900
    assert selling.window.front is selling.sale
