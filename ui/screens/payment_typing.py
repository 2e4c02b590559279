"""The amount that is typed on the payment page, and the notes that people hand over, a touch each."""

from __future__ import annotations

import time
from collections.abc import Callable

from posclient.domain.money import parse_yuan, quick_amounts, yuan
from ui.i18n import tr
from ui.screens.once import DOUBLE_S, Breath
from ui.widgets.boxes import clear, column
from ui.widgets.button import Button
from ui.widgets.number_pad import typed

#: Digits and the point: less than what money may be (posclient.domain.money).
LONGEST_AMOUNT = 9


class TypedAmount:
    """``text`` as the number pad and the keys made it; two digits behind the point at most.

    ``in_a_breath``: the page has come up at the Enter behind a PIN, or at a touch where its own button is now. The
    double of those is not for the money either.
    """

    def __init__(self, *, in_a_breath: bool) -> None:
        self.text, self._opened = "", Breath()
        self._opened.begin()
        self._paid_at = 0.0
        self._paid_by: object = None
        if in_a_breath:
            self.paid()

    @property
    def is_new(self) -> bool:
        """Nothing is typed, and the page has come up in this breath."""
        return not self.text and self._opened.lasts

    def paid(self, by: object = "cash") -> int | None:
        """What was typed is being taken, or a card was answered for: what is pressed once more would be cash."""
        self._paid_at, self._paid_by = time.monotonic(), by
        return self.fen

    def not_paid(self) -> None:
        """It was refused: whoever presses again means it."""
        self._paid_at = 0.0

    def is_double(self, by: object = "cash") -> bool:
        """Nothing is typed, and a part was paid so in this breath: the second Enter of two is not for the rest."""
        return not self.text and by == self._paid_by and time.monotonic() - self._paid_at < DOUBLE_S

    def press(self, key: str) -> None:
        """A digit, the point or the backspace; empty begins anew."""
        self.text = typed(self.text, key, LONGEST_AMOUNT) if key else ""
        if "." in self.text and len(self.text.partition(".")[2]) > 2:
            self.text = self.text[:-1]

    @property
    def fen(self) -> int | None:
        """None where nothing is typed: the exact amount."""
        text = self.text.rstrip(".")
        return parse_yuan(text if text[:1] != "." else f"0{text}") if text else None


class QuickAmounts:
    """The exact amount, and what notes make of it."""

    def __init__(self, on_pay: Callable[[int], None]) -> None:
        self._on_pay = on_pay
        self.buttons = column(gap=8)

    def fill(self, payable: int) -> None:
        """For ``payable`` fen."""
        clear(self.buttons)
        for place, amount in enumerate((payable, *quick_amounts(payable))):
            button = Button(on=lambda fen=amount: self._on_pay(fen))  # type: ignore[misc]
            button.put(tr("pay.exact", amount=yuan(amount)) if place == 0 else f"{amount // 100}")
            button.setFixedHeight(58)
            self.buttons.addWidget(button)
