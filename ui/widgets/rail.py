"""The rail at the left: the places of the program. What is not there yet has no entry."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from ui import theme
from ui.widgets.boxes import column
from ui.widgets.button import Button

#: name -> icon; the last one stands at the foot
PLACES = {"sale": "cart", "valet": "truck", "care": "person", "report": "report", "settings": "settings"}


class Rail(QFrame):
    """``chosen`` carries the name of the place."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        theme.look(self, "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(theme.size("rail"))
        self._places = {name: self._place(name, icon) for name, icon in PLACES.items()}
        *upper, last = self._places.values()
        self.setLayout(column(*upper, None, last, gap=6, margins=(8, 12, 8, 12)))

    def offer(self, name: str, *, offered: bool) -> None:
        """A place that not everybody may go to."""
        self._places[name].setVisible(offered)

    def mark(self, name: str) -> None:
        """Show where we are."""
        for one, button in self._places.items():
            button.setChecked(one == name)

    def _place(self, name: str, icon: str) -> Button:
        button = Button(f"place.{name}", "nav", icon=icon, on=lambda: self.chosen.emit(name))
        button.setCheckable(True)
        button.setFixedHeight(64)
        # a touch on the place where we are must not unmark it
        button.clicked.connect(lambda _checked=False: button.setChecked(True))
        return button
