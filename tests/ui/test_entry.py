"""What is asked about a line is read whole, at 1366 x 768."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel

from tests.actions.kidswear import GLOBAL, product_row
from tests.ui.conftest import Counter
from ui.screens.entry import DiscountPage, PricePage, QuantityPage
from ui.screens.screen import Page
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


@pytest.mark.parametrize("page", [QuantityPage, PricePage])
def test_the_line_that_is_asked_about_is_named_whole(selling: Counter, page: type[Page]) -> None:
    """Colour and size stand at the end of a long name, and were what was cut."""
    name = "儿童加厚保暖连帽羽绒服中长款白鸭绒可拆卸帽子防风防水户外滑雪服男女童冬季新款"
    row = product_row("L-1", name, color="孔雀蓝", size="140", gtins=["6909999999994"])
    selling.store.hq.send(GLOBAL, row)
    selling.store.hq.price("L-1", 25900, "p-L-1")
    selling.scan("6909999999994")
    (line,) = selling.cart.lines
    selling.shop.context.page_wanted.emit(page(selling.shop.context, line))  # type: ignore[call-arg]
    selling.rest()
    (label,) = [one for one in selling.window.front.findChildren(QLabel) if one.text() == f"{name} · 孔雀蓝 · 140"]
    needed = label.fontMetrics().boundingRect(0, 0, label.width(), 999, Qt.TextFlag.TextWordWrap, label.text())
    room = needed if label.wordWrap() else label.fontMetrics().boundingRect(label.text())
    assert (room.width() <= label.width(), room.height() <= label.height()) == (True, True)
    assert selling.window.width() == 1366
