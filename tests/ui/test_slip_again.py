"""The slip of the sale that was just finished did not come out: F11, as the message says, while its change is shown."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_settling_once import paying
from ui.screens.confirm import ConfirmPage
from ui.screens.receipts import ReceiptsPage

COAT, ENTER = "A001-RED-110", Qt.Key.Key_Return


@pytest.fixture
def sold(selling: Counter) -> Counter:
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.press(ENTER)
    assert paying(selling)._done is not None
    return selling


def test_a_slip_is_printed_again_from_the_page_of_the_finished_sale(sold: Counter) -> None:
    """T-63: the message names F11; nothing happened there."""
    wanted: list[bool] = []
    sold.shop.context.receipt_wanted.connect(lambda _sale, copy: wanted.append(copy))
    sold.press(Qt.Key.Key_F11)
    assert sold.window.front.name == ReceiptsPage.name
    sold.rest()
    sold.press(ENTER)
    assert wanted == [True]
    sold.press(Qt.Key.Key_Escape)
    sold.press(ENTER)
    assert sold.window.front is sold.sale


def test_the_drawer_is_opened_again_there(sold: Counter) -> None:
    sold.press(Qt.Key.Key_F12)
    assert isinstance(sold.window.front, ConfirmPage)


def test_a_payment_that_is_open_is_not_left_for_them(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    for key in (Qt.Key.Key_F11, Qt.Key.Key_F12):
        selling.press(key)
        assert paying(selling)._done is None
