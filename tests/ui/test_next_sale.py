"""After the sale the button at the side goes on to the next one: a till without a keyboard sells all day by touch."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_settling_once import paying
from ui.screens.once import DOUBLE_S

COAT = "A001-RED-110"


@pytest.fixture
def sold(selling: Counter) -> Counter:
    selling.scan(selling.gtin(COAT))
    selling.press(Qt.Key.Key_Return)
    selling.click(paying(selling).side.button)
    assert selling.store.rows("SELECT count(*) FROM sale") == [(1,)]
    return selling


def test_the_button_goes_on_to_the_next_sale(sold: Counter) -> None:
    sold.wait(round(DOUBLE_S * 1000) + 50)
    sold.click(paying(sold).side.button)
    assert sold.window.front is sold.sale
    sold.scan(sold.gtin(COAT))
    assert sold.lines_of_cart() == [("红羽绒服", 1)]


def test_a_finger_that_bounces_does_not_take_the_change_away(sold: Counter) -> None:
    """T-15: two taps are one payment, and its change is still to be read."""
    sold.click(paying(sold).side.button)
    assert paying(sold).side.figure.isVisible()
    assert sold.store.rows("SELECT count(*) FROM sale") == [(1,)]


def test_the_button_goes_on_after_a_card_too(selling: Counter) -> None:
    """The side rests while the amount is on the card terminal, and no longer."""
    selling.scan(selling.gtin(COAT))
    selling.press(Qt.Key.Key_Return)
    selling.press(Qt.Key.Key_F3)
    assert not paying(selling).side.isEnabled()
    selling.press(Qt.Key.Key_Return)
    assert selling.store.rows("SELECT count(*) FROM sale") == [(1,)]
    selling.wait(round(DOUBLE_S * 1000) + 50)
    selling.click(paying(selling).side.button)
    assert selling.window.front is selling.sale
