"""The right side of payment: what was paid, what is still open, the change, and the one button."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame

from posclient.domain.money import yuan
from posclient.domain.tenders import Payment
from ui import theme
from ui.screens.once import DOUBLE_S, Once
from ui.widgets.boxes import clear, column, frame, row, rule
from ui.widgets.button import Button
from ui.widgets.figure import Figure
from ui.widgets.scroller import Scroller
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.views import CartView, SaleDone

WIDTH = 420


class PaymentSide(QFrame):
    """``figure`` is the largest thing on the screen: what is open, or the change."""

    def __init__(
        self, on_settle: Callable[[], None], on_next: Callable[[], None], on_remove: Callable[[str], None]
    ) -> None:
        super().__init__()
        theme.look(self, "side")
        self.setFixedWidth(WIDTH)
        self._on_settle, self._on_next, self._on_remove = on_settle, on_next, on_remove
        self._done_at, self._change, self._once = 0.0, 0, Once()
        self._paid = column(gap=8)
        paid = Scroller(frame("surface", column(self._paid, None)))
        bar = paid.verticalScrollBar()
        bar.rangeChanged.connect(lambda _least, most: bar.setValue(most))  # the newest is in sight
        self._paid_part = frame("surface", column(Text("pay.paid", look="muted"), paid, 4, rule(), gap=6))
        self._due, self._left, self._rounding = Text(), Text(), Text()
        self._left_label = Text("pay.left", look="muted")
        self._left_row = frame("surface", row(self._left_label, None, self._left))
        self._rounding_row = frame("surface", row(Text("pay.rounding", look="muted"), None, self._rounding))
        self._label, self.figure = Text("pay.left", look="muted"), Figure("due")
        self.button = Button("pay.settle", "primary", keycap="Enter", on=self._pressed)
        self.button.setFixedHeight(60)
        sums = column(row(Text("pay.due", look="muted"), None, self._due), self._rounding_row, self._left_row, gap=6)
        edge = theme.size("pad")
        whole = column(
            self._paid_part, None, sums, 12, self._label, self.figure, 4, self.button, gap=6,
            margins=(edge, 16, edge, 20),
        )  # fmt: skip
        whole.setStretch(0, 1)
        whole.setStretch(1, 0)  # what is left over is for the payments, once there are any
        self.setLayout(whole)

    def show_open(self, view: CartView, rounding: int, payable: int, tendered: int | None) -> None:
        """``payable``: fen that the rest takes in cash; ``tendered``: what is typed, None for the exact amount."""
        clear(self._paid)
        for payment in view.payments:
            self._paid.addWidget(self._payment(payment))
        self._paid_part.setVisible(bool(view.payments))
        self._due.put(yuan(view.total))
        self._rounding.put(f"-{yuan(rounding)}")
        self._rounding_row.setVisible(rounding > 0)
        given = payable if tendered is None else tendered
        if tendered is None:
            self._left_label.say("pay.paid")
            self._left.put(f"-{yuan(sum(payment.amount for payment in view.payments))}")
        else:
            self._left_label.say("pay.left_after")
            self._left.put(yuan(max(0, payable - given)))
        self._left_row.setVisible(bool(view.payments) or tendered is not None)
        change = given - payable
        if tendered is not None and change >= 0:
            self._label.say("pay.change")
            self.figure.put(change, "good")
        else:
            self._label.say("pay.left")
            self.figure.put(payable)
        self.button.say("pay.settle" if change >= 0 else "pay.part")

    def show_done(self, done: SaleDone) -> None:
        """The sale is committed: the change in large figures, and how to go on."""
        self._done_at, self._change = time.monotonic(), done.change
        self._paid_part.hide()
        self._rounding.put(f"-{yuan(done.rounding)}")
        self._rounding_row.setVisible(done.rounding > 0)
        self._left_label.say("pay.given")
        self._left.put(yuan(done.tendered))
        self._left_row.setVisible(True)
        self._label.say("pay.change")
        self.figure.put(done.change, "good")
        self.button.say("pay.next")

    def seen_again(self) -> None:
        """A page over it has gone: the double of what put that away is not for the next sale."""
        self._done_at = time.monotonic() if self._done_at else 0.0

    def go_on(self) -> None:
        """By Enter, to the next sale: not where it was pressed twice in a breath, and there is change to be read."""
        if not self._change or time.monotonic() - self._done_at > DOUBLE_S:
            self._on_next()

    def _pressed(self) -> None:
        """Settle, or go on to the next sale: but a second tap in a breath is no wish to see the change go (T-15)."""
        if not self._done_at:
            self._on_settle()
        elif time.monotonic() - self._done_at > DOUBLE_S:
            self._on_next()

    def _take_back(self, payment: str) -> None:
        """A finger that bounces is for one payment, and not for the next one too, which moves up to its place."""
        if not self._once.again(""):
            self._on_remove(payment)

    def _payment(self, payment: Payment) -> QFrame:
        name = Text(f"tender.{payment.tender}", look="strong")
        amount = Text(look="strong")
        amount.put(yuan(payment.amount))
        remove = Button(look="quiet", icon="cross", on=lambda: self._take_back(payment.id))
        remove.setAccessibleName("remove")
        return frame("surface", row(name, None, amount, remove))
