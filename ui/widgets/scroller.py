"""A part of a page that scrolls where there is no room for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea


class Scroller(QScrollArea):
    """As tall as its words are in the width that there is, also when they grow where they stand: Qt's own keeps its
    height then, and cuts their last line.

    ``content`` has a layout. Never takes the focus, never scrolls across.
    """

    def __init__(self, content: QFrame) -> None:
        super().__init__(widgetResizable=True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = content
        self.setWidget(content)
        content.installEventFilter(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Words changed, or a card came or went."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        layout = self._content.layout()
        if layout is not None:
            self._content.setMinimumHeight(max(0, layout.totalHeightForWidth(self.viewport().width())))
