"""What is asked about a line is read whole, at 1366 x 768."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

from tests.ui.conftest import Counter
from ui.screens.entry import DiscountPage
from ui.widgets.button import Button


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_reasons_of_a_discount_are_read_whole(selling: Counter, language: str) -> None:
    """Of five in a row in English four ended in ..., and what one puts into the record was to be guessed."""
    selling.shop.context.change_settings(language=language)
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F8)
    page = selling.window.front
    assert isinstance(page, DiscountPage)
    selling.rest()
    buttons = [one for one in page.findChildren(Button) if one.isVisible() and one.text()]
    cut = [one.text() for one in buttons if QFontMetrics(one.font()).horizontalAdvance(one.text()) > one.width() - 24]
    assert cut == []
