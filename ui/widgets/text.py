"""Text on screen: always plain, so that a name with tags in it is a name with tags in it (S-7)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from ui import theme
from ui.i18n import tr
from ui.widgets.flags import center, elided, make_plain


class Text(QLabel):
    """Words by id (``key``), which follow the language, or data (``put``)."""

    def __init__(self, key: str = "", look: str = "", *, wrap: bool = False, **params: Any) -> None:
        super().__init__()
        make_plain(self)
        self.setWordWrap(wrap)
        self.setProperty("look", look)
        if look.startswith("chip"):
            center(self)
        self._key, self._params = key, params
        self.retranslate()

    def say(self, key: str, **params: Any) -> None:
        """Words by id."""
        self._key, self._params = key, params
        self.retranslate()

    def put(self, text: str) -> None:
        """Data: shown as it is in every language."""
        self._key = ""
        if text != self.text():
            self.setText(text)

    def retranslate(self) -> None:
        if self._key:
            self.setText(tr(self._key, **self._params))

    def look(self, name: str) -> None:
        theme.look(self, name)


class Elided(Text):
    """One line that ends in ... where there is no room, and never pushes its neighbours."""

    #: It is never made narrower than this (px), unless its words are.
    least = 24
    #: Is what stands at its end worth as much as its beginning? Then the middle goes.
    middle = False

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.least, self.sizeHint().width()), super().minimumSizeHint().height())

    def shown(self) -> str:
        """As much as there is room for."""
        return elided(self.fontMetrics(), self.text(), self.contentsRect().width(), middle=self.middle)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, area, text = QPainter(self), self.contentsRect(), self.shown()
        self.style().drawItemText(
            painter, area, int(self.alignment()), self.palette(), self.isEnabled(), text, self.foregroundRole()
        )
