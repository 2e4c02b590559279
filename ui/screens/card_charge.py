"""While a card is on the external terminal: the amount to type there, and what the terminal said."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from ui import theme
from ui.widgets.boxes import column, row
from ui.widgets.button import Button
from ui.widgets.field import Field
from ui.widgets.figure import Figure
from ui.widgets.text import Text


class CardCharge(QFrame):
    """``on_answer(approved)`` is called with what the cashier says; the till asks again after a restart."""

    def __init__(self, on_answer: Callable[[bool], None]) -> None:
        super().__init__()
        theme.look(self, "card")
        self.figure = Figure("due", left=True)
        self._reference = Field("pay.reference", kind="latin", most=40)
        approved = Button("pay.approved", "primary", keycap="Enter", on=lambda: on_answer(True))
        declined = Button("pay.declined", keycap="Esc", on=lambda: on_answer(False))
        for button in (approved, declined):
            button.setFixedHeight(60)
        self._reference.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setLayout(
            column(
                Text("pay.card_title", look="name"), Text("pay.card_hint", look="muted", wrap=True), 8, self.figure, 8,
                self._reference, 8, row(approved, declined, gap=12), margins=(24, 20, 24, 24),
            )
        )  # fmt: skip

    def show_amount(self, fen: int) -> None:
        """What must be typed into the card terminal."""
        self._reference.clear()
        self.figure.put(None)  # after a card that was declined it is asked anew, for the same amount: it is to be seen
        self.figure.put(fen)

    def reference(self) -> str:
        """The terminal's slip number, where somebody typed it."""
        return self._reference.text().strip()
