"""Colour x size of one style: pieces here, pieces elsewhere below; arrows and touch choose a cell.

A style of many colours is taller than the screen: ``GridArea`` scrolls, and keeps the marked cell in sight.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from posclient.actions.views import GridCell, ValetGrid
from ui import theme
from ui.i18n import tr
from ui.widgets.boxes import column, frame
from ui.widgets.scroller import Scroller

HEAD, ROW, NAMES = 36, 63, 120
Place = tuple[str, str]
ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class SizeGrid(QWidget):
    """``chosen(color, size)`` whenever another cell is marked; ``marked`` with a new style as well."""

    chosen = Signal(str, str)
    marked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._grid: ValetGrid | None = None
        self.place: Place | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_grid(self, grid: ValetGrid, sku: str) -> None:
        """A style, with the cell of ``sku`` marked."""
        self._grid = grid
        self.place = next(
            (place for place, cell in grid.cells.items() if cell.sku == sku), next(iter(grid.cells), None)
        )
        self.setFixedHeight(HEAD + ROW * len(grid.colors))
        self.update()
        self.marked.emit()

    @property
    def cell(self) -> GridCell | None:
        """The marked one."""
        return self._grid.cells.get(self.place) if self._grid and self.place else None

    def sizeHint(self) -> QSize:
        return QSize(480, HEAD + ROW * (len(self._grid.colors) if self._grid else 3))

    def step(self, down: int, right: int) -> None:
        """To the next cell that there is an article for, past the gaps."""
        grid, place = self._grid, self.place
        if grid is None or place is None:
            return
        row, column = grid.colors.index(place[0]), grid.sizes.index(place[1])
        while 0 <= row + down < len(grid.colors) and 0 <= column + right < len(grid.sizes):
            row, column = row + down, column + right
            if (grid.colors[row], grid.sizes[column]) in grid.cells:
                self._mark((grid.colors[row], grid.sizes[column]))
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = ARROWS.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            self.step(*move)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        for place in self._grid.cells if self._grid else ():
            if self.area(place).contains(point):
                self._mark(place)

    def _mark(self, place: Place) -> None:
        self.place = place
        self.update()
        self.marked.emit()
        self.chosen.emit(*place)

    def area(self, place: Place) -> QRect:
        """Where a cell is."""
        assert self._grid is not None  # noqa: S101  nothing is painted or touched before a style is shown
        sizes = len(self._grid.sizes)
        row, column = self._grid.colors.index(place[0]), self._grid.sizes.index(place[1])
        left = NAMES + (self.width() - NAMES) * column // sizes
        right = NAMES + (self.width() - NAMES) * (column + 1) // sizes
        return QRect(left, HEAD + row * ROW, right - left, ROW)

    # --- paint

    def paintEvent(self, _event: QPaintEvent) -> None:
        grid = self._grid
        if grid is None:
            return
        painter = QPainter(self)
        self._paint_names(painter, grid)
        for place, cell in grid.cells.items():
            self._paint_cell(painter, self.area(place), cell, marked=place == self.place)

    def _paint_names(self, painter: QPainter, grid: ValetGrid) -> None:
        center = Qt.AlignmentFlag.AlignCenter
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("muted"))
        for at, size in enumerate(grid.sizes):
            left = NAMES + (self.width() - NAMES) * at // len(grid.sizes)
            painter.drawText(QRect(left, 0, (self.width() - NAMES) // len(grid.sizes), HEAD), center, size)
        for row, color in enumerate(grid.colors):
            top = HEAD + row * ROW
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(0, top, self.width(), top)
            painter.setPen(theme.colour("text"))
            painter.setFont(theme.font("body", bold=True))
            wrapped = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWrapAnywhere  # it may be an article's whole name
            painter.drawText(QRect(12, top, NAMES - 16, ROW), wrapped, color)

    def _paint_cell(self, painter: QPainter, area: QRect, cell: GridCell, *, marked: bool) -> None:
        if marked:
            painter.fillRect(area.adjusted(1, 1, -1, -1), theme.colour("accent_soft"))
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRect(area.adjusted(1, 1, -2, -2))
        center = Qt.AlignmentFlag.AlignCenter
        painter.setPen(theme.colour("text" if cell.here > 0 else "danger"))
        painter.setFont(theme.font("strong", bold=True))
        painter.drawText(area.adjusted(0, 6, 0, -28), center, str(cell.here))
        painter.setPen(theme.colour("muted"))
        painter.setFont(theme.font("small"))
        words = tr("valet.elsewhere", n=cell.others)
        fits = painter.fontMetrics().horizontalAdvance(words) < area.width() - 4
        painter.drawText(area.adjusted(0, 32, 0, -6), center, words if fits else str(cell.others))

    def restyle(self) -> None:
        """Painted by hand: follow the look."""
        self.update()

    def retranslate(self) -> None:
        self.update()


class GridArea(Scroller):
    """The grid as tall as it is where there is room, else a part of it."""

    def __init__(self, grid: SizeGrid) -> None:
        super().__init__(frame("surface", column(grid)))
        self._grid = grid
        grid.marked.connect(self._follow)

    def sizeHint(self) -> QSize:
        return self._grid.sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another style may be of another height."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        elif event.type() == QEvent.Type.Resize:
            self._follow()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow()

    def _follow(self) -> None:
        if self._grid.place is not None:
            cell = self._grid.area(self._grid.place).center()
            self.ensureVisible(cell.x(), cell.y(), 0, ROW)
