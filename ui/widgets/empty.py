"""A place with nothing in it yet: says what to do first."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from ui import theme
from ui.widgets.boxes import column, row
from ui.widgets.text import Text


class Empty(QWidget):
    """An icon, one line what to do, one line what else."""

    def __init__(self, icon: str, title: str, hint: str) -> None:
        super().__init__()
        self._icon = icon
        self._picture, self._title, self._hint = (
            QLabel(),
            Text(title, look="title"),
            Text(hint, look="muted", wrap=True),
        )
        self._picture.setFixedSize(64, 64)
        for label in (self._picture, self._title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setMinimumWidth(420)
        words = column(self._title, self._hint, gap=6)
        picture = row(None, self._picture, None)
        self.setLayout(column(None, picture, 8, words, None, gap=8))
        self.restyle()

    def restyle(self) -> None:
        self._picture.setPixmap(theme.pixmap(self._icon, "muted", 56))
