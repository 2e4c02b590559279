"""A slip drawn by Qt: on the screen and as PDF, from the same elements that the printer gets.

Every sign stands in its column, as on the printer, so amounts are below each other in any font. Text is painted, never
interpreted: no markup, no links, nothing is loaded (S-7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPageSize, QPainter, QPdfWriter

from posclient.devices.barcodes import Pattern, scannable
from posclient.domain.slip_rows import Align, Barcode, Element, Row, RuleLine
from posclient.domain.text_columns import clean_text, fit, sign_width, text_width
from ui import theme

#: Height of a row as a multiple of a column's width, as on a receipt printer (12 x 24 dots and some air).
ROW = 2.45
BARS = 9.0
#: Dots of a column at the printer, by which a barcode has room or not.
DOTS = 12
MARGIN = 2.0
INK = QColor("#111111")
#: Signs of one width where there are such, as a printer has them: an m of another font fills two columns.
FAMILIES = ["Noto Sans Mono CJK SC", "NSimSun", "Menlo", *theme.FAMILIES]


@dataclass(frozen=True, slots=True)
class Slip:
    """``elements`` laid out for ``columns``; drawn ``width`` wide, in the painter's own units."""

    elements: Sequence[Element]
    columns: int
    width: float

    @property
    def cell(self) -> float:
        """Width of a column."""
        return self.width / (self.columns + 2 * MARGIN)

    @property
    def height(self) -> float:
        """How tall the whole slip is."""
        return (sum(self._rows(element) for element in self.elements) + 2 * MARGIN) * self.cell

    def paint(self, painter: QPainter) -> None:
        """From the painter's origin downwards."""
        painter.setPen(INK)
        y = MARGIN * self.cell
        for element in self.elements:
            height = self._rows(element) * self.cell
            self._element(painter, element, QRectF(MARGIN * self.cell, y, self.columns * self.cell, height))
            y += height

    def _element(self, painter: QPainter, element: Element, area: QRectF) -> None:
        if isinstance(element, Row):
            self._row(painter, element, area)
        elif isinstance(element, RuleLine):
            middle = area.center().y()
            pen = painter.pen()
            pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
            painter.setPen(INK)
        elif isinstance(element, Barcode):
            self._barcode(painter, element.text, area)

    def _row(self, painter: QPainter, row: Row, area: QRectF) -> None:
        cell = self.cell * row.scale
        font = QFont(FAMILIES)
        font.setPixelSize(max(1, round(cell * 1.86)))
        font.setBold(row.bold)
        painter.setFont(font)
        left = area.left()
        if row.align is Align.CENTER:
            left += (area.width() - text_width(row.left) * cell) / 2
        self._text(painter, row.left, QRectF(left, area.top(), area.width(), area.height()), cell)
        right = area.right() - text_width(row.right) * cell
        self._text(painter, row.right, QRectF(right, area.top(), area.width(), area.height()), cell)

    def _text(self, painter: QPainter, text: str, area: QRectF, cell: float) -> None:
        x = area.left()
        for sign in text:
            width = sign_width(sign) * cell
            place = QRectF(x - cell, area.top(), width + 2 * cell, area.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, sign)
            x += width

    def _barcode(self, painter: QPainter, text: str, area: QRectF) -> None:
        """As the printer has it, and the number below."""
        below = QRectF(area.left(), area.bottom() - 2 * self.cell, area.width(), 2 * self.cell)
        if found := scannable(text, self.columns * DOTS):
            above = area.adjusted(0, self.cell, 0, -2 * self.cell)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            self._pattern(painter, found[0], above)
            painter.restore()
        font = QFont(FAMILIES)
        font.setPixelSize(max(1, round(self.cell * 1.6)))
        painter.setFont(font)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, fit(clean_text(text), self.columns))

    def _pattern(self, painter: QPainter, pattern: Pattern, area: QRectF) -> None:
        """Bars over the whole width; a QR code square, in the middle."""
        if pattern.is_linear:
            wide, tall = area.width() / pattern.total_modules, area.height()
        else:
            wide = tall = area.height() / len(pattern.rows)
        left = area.center().x() - pattern.modules * wide / 2
        for y, row in enumerate(pattern.rows):
            for x, dark in enumerate(row):
                if dark:
                    painter.fillRect(QRectF(left + x * wide, area.top() + y * tall, wide, tall), INK)

    def _rows(self, element: Element) -> float:
        """Height in columns."""
        if isinstance(element, Row):
            return ROW * element.scale
        if isinstance(element, Barcode):
            return 3 + self._code_rows(element.text)
        return 1.6 if isinstance(element, RuleLine) else 2.0

    def _code_rows(self, text: str) -> float:
        found = scannable(text, self.columns * DOTS)
        if found is None:
            return 0.0
        pattern, module = found
        return BARS if pattern.is_linear else pattern.modules * module / DOTS


def write_pdf(path: Path, elements: Sequence[Element], columns: int, paper_mm: int) -> None:
    """One page as wide as the paper and as long as the slip. ``OSError`` where the file cannot be written."""
    width_mm = float(paper_mm)
    height_mm = Slip(elements, columns, width_mm).height
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = QPdfWriter(str(path))
    writer.setResolution(203)
    writer.setPageSize(QPageSize(QSizeF(width_mm, height_mm), QPageSize.Unit.Millimeter))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError(f"cannot write {path}")
    Slip(elements, columns, float(writer.width())).paint(painter)
    painter.end()
