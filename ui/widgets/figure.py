"""An amount in large figures. Fixed in size and painted by hand: nothing moves when the number changes (ux.md)."""

from __future__ import annotations

import time
from functools import cache

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from posclient.domain.money import yuan
from ui import theme


class Figure(QWidget):
    """``painted_at``: when the number now shown was first painted (monotonic s), 0 before; see ``InputClock``."""

    def __init__(self, kind: str = "due", ink: str = "text", *, left: bool = False) -> None:
        super().__init__()
        self._kind, self._ink, self._left = kind, ink, left
        self._text = ""
        self.painted_at = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def put(self, fen: int | None, ink: str = "") -> None:
        """Fen, or nothing."""
        self.put_text("" if fen is None else yuan(fen), ink)

    def put_text(self, text: str, ink: str = "") -> None:
        ink = ink or self._ink
        if (text, ink) != (self._text, self._ink):
            self._text, self._ink, self.painted_at = text, ink, 0.0
            self.setAccessibleName(text)
            self.update()

    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        return QSize(200, int(theme.font(self._kind).pixelSize() * 1.24))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(theme.colour(self._ink))
        big, small = self._fonts()
        width = QFontMetrics(big).horizontalAdvance(self._text)
        sign = QFontMetrics(small).horizontalAdvance("¥") + 3 if self._text else 0
        x = 0 if self._left else self.width() - width - sign
        base = int(self.height() * 0.80)
        if self._text:
            painter.setFont(small)
            painter.drawText(x, base, "¥")
            painter.setFont(big)
            painter.drawText(x + sign, base, self._text)
        if not self.painted_at:
            self.painted_at = time.monotonic()

    def _fonts(self) -> tuple[QFont, QFont]:
        """The largest type that fits, so that 99,999.99 still does."""
        pixels = int(theme.tokens()["type"][self._kind])
        while True:
            big, small = _pair(self._kind, pixels)
            if pixels <= 20 or QFontMetrics(big).horizontalAdvance(self._text) + pixels // 2 <= self.width():
                return big, small
            pixels -= 4


@cache
def _pair(kind: str, pixels: int) -> tuple[QFont, QFont]:
    big = theme.font(kind, bold=True, pixels=pixels)
    big.setWeight(QFont.Weight.Bold)
    return big, theme.font(kind, bold=True, pixels=max(14, pixels // 2))
