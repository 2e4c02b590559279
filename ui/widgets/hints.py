"""The keys at the foot: what can be done here now; a touch does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from ui import theme
from ui.keys import ORDER, KeyMap
from ui.widgets.boxes import clear, row
from ui.widgets.button import Button

#: Shown on buttons of their own already.
ELSEWHERE = ("collect", "pay", "find", "guide", "report", "settings", "readiness")


class Hints(QFrame):
    """One row of small buttons with their key."""

    def __init__(self) -> None:
        super().__init__()
        theme.look(self, "hints")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.size("hints"))
        self._row = row(gap=0, margins=(12, 0, 12, 0))
        self.setLayout(self._row)
        self._shown: tuple[str, ...] = ()

    def show_deeds(self, deeds: Mapping[str, Callable[[], None]], keys: KeyMap, run: Callable[[str], None]) -> None:
        """Only the hints whose deeds are at hand; nothing is rebuilt while they stay the same."""
        names = tuple(name for name in ORDER if name in deeds and name not in ELSEWHERE and keys.cap(name))
        if names == self._shown:
            return
        self._shown = names
        clear(self._row)
        for name in names:
            self._row.addWidget(self._hint(name, keys.cap(name), run))
        self._row.addStretch(1)

    def forget(self) -> None:
        """The keys have changed: build anew at the next ``show_deeds``."""
        self._shown = ()

    def _hint(self, name: str, cap: str, run: Callable[[str], None]) -> Button:
        button = Button(f"key.{name}", "hint", keycap=cap, on=lambda: run(name))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button
