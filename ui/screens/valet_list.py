"""The valet orders of this till and what HQ answered; an answer that nobody has seen stands first and is marked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QStackedLayout, QWidget

from posclient.actions.views import ValetOrderView
from posclient.domain.money import yuan
from ui import theme
from ui.i18n import known, tr
from ui.screens.once import Once
from ui.widgets.boxes import clear, column, frame, row
from ui.widgets.button import Button
from ui.widgets.empty import Empty
from ui.widgets.scroller import Scroller
from ui.widgets.text import Elided, Text

#: state -> look of its chip. The word says the same, so colour is never alone.
LOOKS = {"unconfirmed": "chip", "confirmed": "chip-good", "rerouted": "chip-warning", "rejected": "chip-danger"}


class ValetList(QWidget):
    """``on_seen(order id)``."""

    def __init__(self, on_seen: Callable[[str], None]) -> None:
        super().__init__()
        self._on_seen, self._once = on_seen, Once()
        self._orders: tuple[ValetOrderView, ...] = ()
        self._rows = column(gap=8)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(Empty("truck", "valet.empty_title", "valet.empty_hint"))
        self._stack.addWidget(Scroller(frame("background", column(self._rows, None))))

    def renew(self, orders: tuple[ValetOrderView, ...]) -> None:
        """Show what is new; whoever reaches for a button finds it where it was."""
        if _sorted(orders) != self._orders:
            self.show_orders(orders)

    def show_orders(self, orders: tuple[ValetOrderView, ...]) -> None:
        """Changed ones first, then the newest."""
        self._orders = _sorted(orders)
        self._stack.setCurrentIndex(1 if orders else 0)
        clear(self._rows)
        for order in self._orders:
            self._rows.addWidget(self._row(order))

    def retranslate(self) -> None:
        self.show_orders(self._orders)

    def _see(self, order: str) -> None:
        """A finger that bounces has seen one answer, and not the next one too, which moves up to its place."""
        if not self._once.again(""):
            self._on_seen(order)

    def _row(self, order: ValetOrderView) -> QWidget:
        text, detail = Elided(look="name"), Elided(look="muted")
        text.put(order.text)
        text.middle = True  # the size stands at its end
        who = " · ".join(part for part in (order.member_name, order.guide_name, _told(order)) if part)
        detail.put(f"{order.number} · {order.at:%m-%d %H:%M} · {who}")
        amount = Text(look="name")
        amount.put(yuan(order.total))
        words = column(text, detail, gap=2)
        line = row(words, 12, self._state(order), 8, amount, margins=(16, 10, 16, 10))
        line.setStretch(0, 1)
        if order.changed:
            seen = Button("valet.seen", on=lambda: self._see(order.id))
            line.addWidget(seen)
        made = frame("card", line)
        made.setFixedHeight(theme.size("row"))
        return made

    def _state(self, order: ValetOrderView) -> Text:
        chip = Text(look=LOOKS.get(order.state, "chip"))
        chip.put(state_words(order))
        return chip


def state_words(order: ValetOrderView) -> str:
    """What HQ answered, and where it comes from; what a later HQ may answer as it is."""
    key = f"valet.state.{order.state}"
    words = tr(key) if known(key) else order.state
    if order.ships_from_name and order.state != "rejected":
        return tr("valet.from_store", state=words, store=order.ships_from_name)
    return words


def _told(order: ValetOrderView) -> str:
    """What the customer was told, as long as it is all that is known, and where it is not so any more."""
    if not order.expected_name or order.state not in {"unconfirmed", "rerouted"}:
        return ""
    words = "valet.expect" if order.state == "unconfirmed" else "valet.expected_before"
    return tr(words, store=order.expected_name)


def _sorted(orders: tuple[ValetOrderView, ...]) -> tuple[ValetOrderView, ...]:
    return tuple(sorted(orders, key=lambda one: not one.changed))
