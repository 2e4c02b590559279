"""The figures of the cart stand under their headings, however long it is."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from tests.ui.conftest import GTINS, Counter
from ui.widgets.cart_list import CartHeader


def right_edge(counter: Counter, part: QWidget, area: QRect) -> int:
    """Where the ink in ``area`` of a part ends, in px of the window."""
    picture = counter.window.grab(QRect(part.mapTo(counter.window, area.topLeft()), area.size())).toImage()
    dark = [
        x
        for x in range(picture.width())
        if any(picture.pixelColor(x, y).lightness() < 140 for y in range(picture.height()))
    ]
    return part.mapTo(counter.window, area.topLeft()).x() + dark[-1]


def test_a_scroll_bar_moves_no_figure_from_under_its_heading(selling: Counter) -> None:
    """From the eighth line on all four columns stood 10 px left of their headings."""
    (header,) = selling.sale.findChildren(CartHeader)
    ends = []
    for code in GTINS.values():
        selling.scan(code)
        row = selling.sale.cart.visualRect(selling.sale.cart.currentIndex())
        words = QRect(400, row.top() + 12, selling.sale.cart.viewport().width() - 400, 40)
        ends.append(right_edge(selling, selling.sale.cart.viewport(), words))
    heading = right_edge(selling, header, QRect(400, 4, header.width() - 404, 28))
    assert selling.sale.cart.verticalScrollBar().isVisible()
    assert len(set(ends)) == 1, "nothing moves when the bar comes"
    assert abs(ends[0] - heading) <= 3
