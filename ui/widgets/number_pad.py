"""Digits for fingers: 3 x 4 keys of 56 px and more."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.widgets.button import Button

BACKSPACE = "backspace"


class NumberPad(QWidget):
    """``pressed`` carries ``0``..``9``, ``.``, ``00`` or ``backspace``. It types into nothing by itself."""

    pressed = Signal(str)

    def __init__(self, corner: str = "") -> None:
        """``corner``: what the key at the lower left is (``.`` or ``00``); empty leaves it out."""
        super().__init__()
        grid = QGridLayout(self)
        grid.setSpacing(8)
        grid.setContentsMargins(0, 0, 0, 0)
        names = ["1", "2", "3", "4", "5", "6", "7", "8", "9", corner, "0", BACKSPACE]
        for place, name in enumerate(names):
            if name:
                grid.addWidget(self._key(name), place // 3, place % 3)

    def _key(self, name: str) -> Button:
        key = Button(look="digit", icon="backspace" if name == BACKSPACE else "", on=lambda: self.pressed.emit(name))
        key.put("" if name == BACKSPACE else name)
        if name == BACKSPACE:
            key.setAccessibleName("⌫")
            key.setAutoRepeat(True)
        return key


def typed(text: str, key: str, most: int = 12) -> str:
    """``text`` after a key of the pad."""
    if key == BACKSPACE:
        return text[:-1]
    if key == "." and "." in text:
        return text
    return text + key if len(text) + len(key) <= most else text
