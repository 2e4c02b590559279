"""After the commit: that it is done, the receipt's number, and that the next scan begins the next sale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel

from ui import theme
from ui.widgets.boxes import column, frame
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.views import SaleDone


class PaymentDone(QFrame):
    """Calm: one tick, three lines."""

    def __init__(self) -> None:
        super().__init__()
        self._tick = QLabel()
        self._receipt, self._points = Text(look="strong"), Text(look="muted")
        words = (Text("pay.done", look="hero"), self._receipt, self._points, Text("pay.done_hint", look="muted"))
        for label in (self._tick, *words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        card = frame("card", column(self._tick, 4, *words, gap=8, margins=(40, 36, 40, 36)))
        self.setLayout(column(None, card, None))
        self.restyle()

    def show_sale(self, done: SaleDone) -> None:
        """A committed sale."""
        self._receipt.say("pay.done_receipt", receipt=done.receipt)
        if done.points:
            self._points.say("pay.earned", n=done.points)
        self._points.setVisible(done.points > 0)

    def restyle(self) -> None:
        """The tick is a picture and follows the look by itself."""
        self._tick.setPixmap(theme.pixmap("check", "good", 56))
