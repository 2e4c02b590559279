"""A card with one thing to say: what is wrong, what to do, and the way out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel

from ui import theme
from ui.widgets.boxes import column, row
from ui.widgets.button import Button
from ui.widgets.text import Text

WIDTH = 460


class Notice(QFrame):
    """``title`` by id; ``sentence`` as it is. ``leave`` by the button, or by Enter in whoever has the keys."""

    def __init__(self, title: str, sentence: str, leave: Callable[[], None]) -> None:
        super().__init__()
        self._picture, said = QLabel(), Text(wrap=True)
        said.put(sentence)
        said.setFixedWidth(WIDTH)
        self._picture.setFixedSize(56, 56)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        button = Button("login.quit", "primary", keycap="Enter", on=leave)
        words = column(Text(title, look="title"), said, 16, button, gap=8)
        self.setLayout(row(column(self._picture, None), 20, words, gap=0, margins=(32, 28, 32, 28)))
        theme.look(self, "card")
        self.restyle()

    def restyle(self) -> None:
        self._picture.setPixmap(theme.pixmap("warning", "warning", 44))
