"""The live results below the search field: name, style, variant, price, stock here and elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui import theme
from ui.models.hit_rows import HitModel, HitRow
from ui.widgets.ink import Ink

ROW = 56
MOST_ROWS = 8


class HitDelegate(QStyledItemDelegate):
    """Two lines at the left, price and stock at the right."""

    def __init__(self, model: HitModel) -> None:
        super().__init__()
        self._model = model
        self.ink = Ink(strong=theme.font("body", bold=True), small=theme.font("small"))

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if index.row() >= len(self._model.rows):
            return
        area: QRect = option.rect  # type: ignore[attr-defined,unused-ignore]
        view = option.widget  # type: ignore[attr-defined,unused-ignore]
        if isinstance(view, QListView) and view.currentIndex().row() == index.row():
            painter.fillRect(area, self.ink.colour("accent_soft"))
            painter.fillRect(QRect(area.left(), area.top(), 4, area.height()), self.ink.colour("accent"))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), self.ink.colour("line"))
        self._words(painter, area, self._model.rows[index.row()])

    def _words(self, painter: QPainter, area: QRect, row: HitRow) -> None:
        left = QRect(area.left() + 16, area.top() + 7, area.width() - 280, 21)
        right = QRect(area.right() - 256, area.top() + 7, 240, 21)
        draw = self.ink.draw
        draw(painter, left, row.name, "strong", "text")
        draw(painter, left.translated(0, 21), row.detail, "small", "muted")
        draw(painter, right, row.price, "strong", "text", right=True)
        draw(painter, right.translated(0, 21), row.stock, "small", "good" if row.here else "warning", right=True)


class HitList(QListView):
    """Never takes the focus: the field above it keeps it and moves the choice. ``chosen(sku)``."""

    chosen = Signal(str)

    def __init__(self, model: HitModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = model
        self.setProperty("look", "card")
        self.setModel(model)
        self._delegate = HitDelegate(model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.clicked.connect(lambda index: self._choose(index.row()))
        self.hide()

    def offer(self, below: QRect) -> None:
        """Show what the model has, under ``below``; the first one is chosen already."""
        count = len(self._rows.rows)
        self.setVisible(count > 0)
        if count:
            self.setGeometry(below.left(), below.bottom() + 6, below.width(), min(count, MOST_ROWS) * ROW + 12)
            self.setCurrentIndex(self._rows.index(0))
            self.raise_()

    def restyle(self) -> None:
        self._delegate.ink.restyle()

    def step(self, by: int) -> None:
        """Arrows."""
        place = min(max(self.currentIndex().row() + by, 0), len(self._rows.rows) - 1)
        self.setCurrentIndex(self._rows.index(place))

    def take(self) -> bool:
        """Enter: take the chosen one; False where there is none."""
        return self._choose(self.currentIndex().row()) if self.isVisible() else False

    def _choose(self, place: int) -> bool:
        if not 0 <= place < len(self._rows.rows):
            return False
        self.chosen.emit(self._rows.rows[place].sku)
        return True
