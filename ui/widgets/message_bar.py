"""Where the till speaks: at the foot of the left area, over nothing that matters, and never with the focus (ux.md)."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from ui import theme
from ui.widgets.boxes import row
from ui.widgets.text import Text

ICONS = {"good": "check", "info": "info", "warning": "warning", "danger": "warning"}
#: How long a message stays, in ms; a failure until the next deed or a touch.
STAYS = {"good": 3000, "info": 5000}


class MessageBar(QFrame):
    """A touch puts it away."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = QLabel()
        self._icon.setFixedSize(22, 22)
        self._text = Text(wrap=True, look="strong")
        self._row = row(self._icon, self._text, gap=10, margins=(14, 8, 14, 8))
        self._row.setStretch(1, 1)
        self.setLayout(self._row)
        self._area = QRect()
        self._kind = ""
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._text.text()

    @property
    def kind(self) -> str:
        return self._kind

    def say(self, kind: str, text: str) -> None:
        self._kind = kind
        self._text.put(text)
        theme.look(self, f"message-{kind}")
        for label in (self._text, self._icon):  # their colour comes from the bar's look
            label.style().unpolish(label)
            label.style().polish(label)
        self.restyle()
        self.place(self._area)
        self.show()
        self.raise_()
        self._timer.stop()
        if kind in STAYS:
            self._timer.start(STAYS[kind])

    def place(self, area: QRect) -> None:
        """Stand on the foot of ``area``."""
        self._area = area
        if area.isValid():
            height = max(44, self._row.heightForWidth(area.width()))
            self.setGeometry(area.left(), area.bottom() - height + 1, area.width(), height)

    def restyle(self) -> None:
        if self._kind:
            ink = "accent" if self._kind == "info" else self._kind
            self._icon.setPixmap(theme.pixmap(ICONS[self._kind], ink, 22))

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.hide()
