"""A list to choose from: by arrows and Enter, by touch, or by typing its number. Rows of two lines, painted by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QWidget

from ui import theme

ROW = 64


@dataclass(frozen=True, slots=True)
class Choice:
    """``id`` is given back; ``title`` is read first, ``detail`` below it, ``side`` at the right."""

    id: str
    title: str
    detail: str = ""
    side: str = ""
    side_ink: str = "muted"


class Choices(QWidget):
    """``on_choose(id)`` is called once per choice; ``moved`` when another row is marked. Where ``touch_marks`` a
    touch is no choice: there is a button for that, and whoever touches a row wants to look at it.
    """

    moved = Signal()

    def __init__(self, on_choose: Callable[[str], None], *, touch_marks: bool = False) -> None:
        super().__init__()
        self._on_choose, self._touch_marks = on_choose, touch_marks
        self._rows: Sequence[Choice] = ()
        self.current = -1
        self.setSizePolicy(self.sizePolicy().Policy.Expanding, self.sizePolicy().Policy.Fixed)

    def put(self, rows: Sequence[Choice], current: int = 0) -> None:
        """Show rows; ``current`` is marked."""
        self._rows = rows
        self.current = min(current, len(rows) - 1)
        self.setFixedHeight(max(1, len(rows)) * ROW)
        self.update()
        QTimer.singleShot(0, self, self._reveal)  # there is no room for them yet

    def ids(self) -> tuple[str, ...]:
        return tuple(row.id for row in self._rows)

    def step(self, by: int) -> None:
        """Arrow up or down."""
        if self._rows:
            self._mark((self.current + by) % len(self._rows))

    def _mark(self, place: int) -> None:
        self.current = place
        self.update()
        self._reveal()
        self.moved.emit()

    def _reveal(self) -> None:
        """Where the list is longer than its place, the marked row stays in sight."""
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        content = area.widget() if isinstance(area, QScrollArea) else None
        if isinstance(area, QScrollArea) and content is not None and self.current >= 0:
            middle = self.mapTo(content, QPoint(0, self.current * ROW + ROW // 2))
            area.ensureVisible(0, middle.y(), 0, ROW // 2)

    def choose(self) -> None:
        """Enter: the marked row."""
        if 0 <= self.current < len(self._rows):
            self._on_choose(self._rows[self.current].id)

    def sizeHint(self) -> QSize:
        return QSize(320, max(1, len(self._rows)) * ROW)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = int(event.position().y()) // ROW
        if 0 <= place < len(self._rows):
            self._mark(place)
            if not self._touch_marks:
                self._on_choose(self._rows[place].id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, row in enumerate(self._rows):
            area = QRect(0, place * ROW, self.width(), ROW)
            if area.intersects(event.rect()):
                self._paint_row(painter, area, row, marked=place == self.current)

    def _paint_row(self, painter: QPainter, area: QRect, row: Choice, *, marked: bool) -> None:
        if marked:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_soft"))
            painter.drawRoundedRect(QRectF(area.adjusted(2, 3, -2, -3)), 8, 8)
        else:
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(area.left() + 16, area.bottom(), area.right() - 16, area.bottom())
        side = QFontMetrics(theme.font("strong", bold=True)).horizontalAdvance(row.side)
        words = area.adjusted(16, 0, -28 - side, 0)
        title = words.adjusted(0, 10, 0, -32) if row.detail else words
        self._line(painter, title, row.title, "strong", "accent" if marked else "text", bold=True)
        if row.detail:
            self._line(painter, words.adjusted(0, 34, 0, -8), row.detail, "small", "muted")
        end = QRect(area.right() - 16 - side, area.top(), side + 2, area.height())
        self._line(painter, end, row.side, "strong", row.side_ink, bold=True)

    def _line(self, painter: QPainter, area: QRect, text: str, kind: str, ink: str, *, bold: bool = False) -> None:
        font = theme.font(kind, bold=bold)
        painter.setFont(font)
        painter.setPen(theme.colour(ink))
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)

    def restyle(self) -> None:
        """Painted by hand: follow the look."""
        self.update()
