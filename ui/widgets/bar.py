"""A bar as long as its share: what people compare is drawn, the number stands beside it (ux.md, manners)."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme

THICK = 8


class Bar(QWidget):
    """``share`` of the whole width, 0 to 1."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = min(1.0, max(0.0, share))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(60, THICK)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("raised"))
        for token, width in (("raised", 1.0), ("accent", self._share)):
            painter.setPen(theme.colour(token))
            painter.setBrush(theme.colour(token))
            area = QRectF(0.5, (self.height() - THICK) / 2 + 0.5, max(0.0, width * (self.width() - 1)), THICK - 1)
            if area.width() >= 1:
                painter.drawRoundedRect(area, THICK / 2, THICK / 2)
