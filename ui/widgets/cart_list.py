"""The cart on screen: one delegate paints whole rows of one height; the line just touched is the one that is marked."""

from __future__ import annotations

import time

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QListView, QSizePolicy, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui import theme
from ui.i18n import tr
from ui.models.cart_rows import CartModel, CartRow
from ui.widgets.ink import Ink

LEFT = 56
#: Right edges of the number columns (net, off, price, quantity), from the right edge of the row; on narrow screens
#: they stand closer, so that names keep their room.
WIDE, NARROW, ROOMY = (16, 152, 268, 384), (12, 104, 186, 268), 760
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
PLAIN = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
BAR = 4
#: Room for the scroll bar at the right, kept free while there is none: figures stay under their headings.
SCROLL = 10


def columns(width: int) -> tuple[int, int, int, int]:
    """The edges for a row of that width."""
    return WIDE if width >= ROOMY else NARROW


class CartDelegate(QStyledItemDelegate):
    """Paints from the model's ready strings: no role is asked, no string made, no font built in a paint."""

    def __init__(self, model: CartModel) -> None:
        super().__init__()
        self._model = model
        self.ink = Ink(
            strong=theme.font("strong", bold=True),
            plain=theme.font("strong"),
            body=theme.font("body"),
            small=theme.font("small"),
        )

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, theme.size("row"))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        place = index.row()
        if place >= len(self._model.rows):
            return
        area: QRect = option.rect  # type: ignore[attr-defined,unused-ignore]
        view = option.widget  # type: ignore[attr-defined,unused-ignore]
        if isinstance(view, CartList) and view.currentIndex().row() == place:
            painter.fillRect(area, self.ink.colour("touched"))
            painter.fillRect(QRect(area.left(), area.top(), BAR, area.height()), self.ink.colour("accent"))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), self.ink.colour("line"))
        whole = view.width() if isinstance(view, CartList) else area.width()
        self._paint_row(painter, QRect(area.topLeft(), QSize(whole - SCROLL, area.height())), self._model.rows[place])

    def _paint_row(self, painter: QPainter, area: QRect, row: CartRow) -> None:
        top = area.top() + (9 if row.reasons else 18)
        net, off, price, qty = columns(area.width())
        right, words = area.right(), area.width() - LEFT - qty - 48
        line, draw = QRect(area.left() + LEFT, top, words, 22), self.ink.draw
        draw(painter, line, row.name, "strong", "text")
        draw(painter, line.translated(0, 21), row.detail, "small", "muted")
        draw(painter, line.translated(0, 39), row.reasons, "small", "good")
        draw(painter, QRect(area.left() + 16, top, 34, 22), row.number, "body", "muted")
        draw(painter, QRect(right - qty - 60, top, 60, 22), row.qty, "strong", "text", right=True)
        draw(painter, QRect(right - price - 110, top, 110, 22), row.price, "plain", "text", right=True)
        draw(painter, QRect(right - off - 110, top, 110, 22), row.off, "plain", "good", right=True)
        draw(painter, QRect(right - net - 132, top, 132, 22), row.net, "strong", "text", right=True)


class CartHeader(QWidget):
    """The names of the columns, where the delegate puts them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(36)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def retranslate(self) -> None:
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("muted"))
        right, height = self.width() - SCROLL - 1, self.height() - 1
        painter.drawText(QRect(16, 0, 34, height), PLAIN, "#")
        painter.drawText(QRect(LEFT, 0, 200, height), PLAIN, tr("sale.product"))
        keys = ("sale.net", "sale.off", "sale.price", "sale.qty")
        for key, edge in zip(keys, columns(self.width() - SCROLL), strict=True):
            painter.drawText(QRect(right - edge - 110, 0, 110, height), RIGHT, tr(key))
        painter.fillRect(0, height, self.width(), 1, theme.colour("line"))


class CartList(QListView):
    """The current row is the marked one: a scan marks its line, arrows and a touch mark another.

    ``painted_at``: end of the last paint (monotonic s), for the measurements of tests/bench.
    """

    def __init__(self, model: CartModel) -> None:
        super().__init__()
        self._rows = model
        self.painted_at = 0.0
        self._delegate = CartDelegate(model)
        self.setProperty("look", "plain")
        self.setModel(model)
        model.changed.connect(lambda place: self.update(model.index(place)))
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setTabKeyNavigation(False)

    def mark(self, line_id: str | None) -> None:
        """Mark a line and bring it into view."""
        place = self._rows.place_of(line_id)
        if place < 0:
            place = min(max(self.currentIndex().row(), 0), len(self._rows.rows) - 1)
        index = self._rows.index(place) if place >= 0 else QModelIndex()
        if index != self.currentIndex():
            self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)

    def marked(self) -> str | None:
        """The id of the marked line."""
        place = self.currentIndex().row()
        return self._rows.rows[place].id if 0 <= place < len(self._rows.rows) else None

    def restyle(self) -> None:
        self._delegate.ink.restyle()

    def keyboardSearch(self, _search: str) -> None:
        """Letters start a search of products, they do not jump in the cart."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted_at = time.monotonic()
