"""The keys at the foot: what can be done here now; a touch does it. Two rows where the words do not fit into one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame

from ui import theme
from ui.keys import ORDER, KeyMap
from ui.widgets.boxes import clear, column, row
from ui.widgets.button import Button

#: Shown on buttons of their own already.
ELSEWHERE = ("collect", "pay", "find", "guide", "care", "report", "settings", "readiness")
#: px at both ends; and what a hint may lack before its words are cut.
EDGE, SLACK = 12, 8


class Hints(QFrame):
    """Small buttons with their key."""

    def __init__(self) -> None:
        super().__init__()
        theme.look(self, "hints")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._rows = (row(gap=0), row(gap=0))
        self.setLayout(column(*self._rows, gap=0, margins=(EDGE, 0, EDGE, 0)))
        self._shown: tuple[str, ...] = ()
        self._hints: tuple[Button, ...] = ()
        self._lines = 0
        self._place()

    def show_deeds(self, deeds: Mapping[str, Callable[[], None]], keys: KeyMap, run: Callable[[str], None]) -> None:
        """Only the hints whose deeds are at hand; nothing is rebuilt while they stay the same."""
        names = tuple(name for name in ORDER if name in deeds and name not in ELSEWHERE and keys.cap(name))
        if names == self._shown:
            return
        self._shown = names
        for line in self._rows:
            clear(line)
        self._hints = tuple(self._hint(name, keys.cap(name), run) for name in names)
        self._lines = 0
        self._place()

    def _place(self) -> None:
        wide = sum(hint.sizeHint().width() - SLACK for hint in self._hints)
        lines = 1 if wide <= self.width() - 2 * EDGE else 2
        if lines == self._lines:
            return
        self._lines = lines
        for line in self._rows:
            while line.takeAt(0) is not None:
                pass
        first = -(-len(self._hints) // lines)
        for line, hints in zip(self._rows, (self._hints[:first], self._hints[first:]), strict=True):
            for hint in hints:
                line.addWidget(hint)
            line.addStretch(1)
        self.setFixedHeight(lines * theme.size("hints"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def forget(self) -> None:
        """The keys have changed: build anew at the next ``show_deeds``."""
        self._shown = ()

    def _hint(self, name: str, cap: str, run: Callable[[str], None]) -> Button:
        button = Button(f"key.{name}", "hint", keycap=cap, on=lambda: run(name))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button
