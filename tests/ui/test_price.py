"""A price by hand is one that somebody typed: Enter on an empty page gives nothing away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from ui.screens.entry import PricePage

COAT, ENTER = "A001-RED-110", Qt.Key.Key_Return


@pytest.fixture
def pricing(counter: Counter) -> Counter:
    """A manager, whom no limit holds, has the page of a coat's price before them, a reason chosen."""
    counter.log_in("9999")
    counter.scan(counter.gtin(COAT))
    counter.press(Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    page = counter.window.front
    assert isinstance(page, PricePage)
    page._reason.setText("样品")
    return counter


def test_no_figure_is_no_price(pricing: Counter) -> None:
    pricing.press(ENTER)
    page = pricing.window.front
    assert isinstance(page, PricePage), "it asks for a price"
    assert "金额" in page._error.text()
    assert pricing.cart.total == 25900


def test_a_nought_that_was_typed_is_one(pricing: Counter) -> None:
    """A gift, by whoever may give one."""
    pricing.type("0\n")
    assert pricing.window.front is pricing.sale
    assert pricing.cart.total == 0
