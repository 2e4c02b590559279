"""Text for painted lists, laid out once: a row that is painted again costs neither eliding nor shaping.

Measured on the cart: ``drawText`` with eliding took some 150 us a string, a kept ``QStaticText`` a tenth.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QStaticText, QTransform

from ui import theme

#: More texts than this are forgotten all at once: a day's searches do not pile up.
MOST = 4000


class Ink:
    """One delegate's fonts, colours and texts. ``restyle`` after a change of look."""

    def __init__(self, **fonts: QFont) -> None:
        self._fonts = fonts
        self._texts: dict[tuple[str, str, int], QStaticText] = {}
        self._colours: dict[str, QColor] = {}

    def restyle(self) -> None:
        self._texts.clear()
        self._colours.clear()

    def colour(self, name: str) -> QColor:
        """A token, looked up once."""
        if name not in self._colours:
            self._colours[name] = theme.colour(name)
        return self._colours[name]

    def draw(self, painter: QPainter, area: QRect, text: str, font: str, colour: str, *, right: bool = False) -> None:
        """One line in the middle of ``area``'s height, from its left edge or up to its right one."""
        if not text:
            return
        made = self._texts.get((text, font, area.width())) or self._made(text, font, area.width())
        painter.setFont(self._fonts[font])
        painter.setPen(self.colour(colour))
        size = made.size()
        x = area.right() + 1 - size.width() if right else area.left()
        painter.drawStaticText(QPointF(x, area.top() + (area.height() - size.height()) / 2), made)

    def width(self, text: str, font: str) -> int:
        """How wide a text is."""
        return QFontMetrics(self._fonts[font]).horizontalAdvance(text)

    def _made(self, text: str, font: str, width: int) -> QStaticText:
        if len(self._texts) > MOST:
            self._texts.clear()
        elided = QFontMetrics(self._fonts[font]).elidedText(text, Qt.TextElideMode.ElideRight, width)
        made = QStaticText(elided)
        made.setTextFormat(Qt.TextFormat.PlainText)  # S-7
        made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        made.prepare(QTransform(), self._fonts[font])
        self._texts[text, font, width] = made
        return made
