"""After the commit the large figure is the change of this sale, until the next one begins."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_settling_once import paying

ENTER = Qt.Key.Key_Return


@pytest.fixture
def sold(selling: Counter) -> Counter:
    """A coat of 259 yuan, 300 in cash."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(ENTER)
    selling.type("300")
    selling.press(ENTER)
    assert paying(selling).side.figure.text() == "41.00"
    return selling


def test_what_is_typed_after_the_sale_changes_no_figure_of_it(sold: Counter) -> None:
    """Whoever types on, a phone's last digits perhaps, would be told to hand out another amount."""
    side = paying(sold).side
    before = sold.words(side)
    sold.type("5")
    assert side.figure.text() == "41.00"
    sold.press(Qt.Key.Key_Backspace)
    sold.press(Qt.Key.Key_Backspace)
    assert side.figure.text() == "41.00"
    assert sold.words(side) == before
