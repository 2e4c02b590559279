"""Who sold it: one guide for the whole sale, or another for one line (C5). One key, a touch or a badge scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from ui.context import Context
from ui.screens.scan_answer import answered
from ui.screens.screen import Deeds, Page
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.choices import Choice, Choices
from ui.widgets.scroller import Scroller
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import CartView, ScanResult
    from posclient.domain.people import Staff

#: Keys that choose at once.
DIGITS = 9


class GuidePage(Page):
    """``line``: for that line alone; else for the sale. A digit chooses at once: F4 and 2 is the second guide. So a
    tenth one has no number: whoever typed 10 would have chosen the first.
    """

    name = "guide"

    def __init__(self, context: Context, line: str | None = None) -> None:
        super().__init__(context)
        self._line = line
        self._choices = Choices(self._choose)
        self._build()

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area = Scroller(frame("surface", column(self._choices, None)))
        title = Text("guide.of_line" if self._line else "guide.of_sale", look="title")
        head = row(title, None, Button("key.back", "quiet", keycap="Esc", on=self.leave))
        card = frame("card", column(Text("guide.how", look="muted"), area, gap=4, margins=(12, 12, 12, 12)))
        whole = column(head, 4, card, margins=pad())
        if self._line:
            whole.addLayout(row(Button("guide.as_sale", on=lambda: self._choose(None)), None))
        self.setLayout(whole)

    def shown(self) -> None:
        self.setFocus()
        self.read(_staff, self._show)

    def deeds(self) -> Deeds:
        return {"collect": self._choices.choose, "back": self.leave}

    def takes_scan(self, text: str) -> bool:
        """A badge chooses by the one scan channel: of the sale, or of the line that was asked about."""
        self.leave()
        line = self._line
        if line is None:
            return False
        self.context.do(lambda till: _scan(till, text, line), lambda result: answered(self.context, result))
        return True

    def typed(self, event: QKeyEvent) -> bool:
        place = int(event.text()) - 1 if event.text() in set("123456789") else -1
        if 0 <= place < len(self._choices.ids()):
            self._choose(self._choices.ids()[place])
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._choices.keyPressEvent(event)

    def _show(self, staff: tuple[Staff, ...]) -> None:
        guides = [one for one in staff if "guide" in one.roles]
        before = self._choices.ids()  # a page over it has gone: the one that was marked stays so
        now = before[self._choices.current] if before else self._now()
        rows = [
            Choice(one.id, one.name, side=str(place) if place <= DIGITS else "") for place, one in enumerate(guides, 1)
        ]
        self._choices.put(rows, next((place for place, one in enumerate(guides) if one.id == now), 0))

    def _now(self) -> str | None:
        cart = self.context.cart
        if cart is None:
            return None
        return next((line.guide_id for line in cart.lines if line.id == self._line), cart.guide_id)

    def _choose(self, guide: str | None) -> None:
        line = self._line
        self.context.change_cart(lambda till: _set_guide(till, guide, line), lambda _view: self.leave())


def _staff(till: Till) -> tuple[Staff, ...]:
    from posclient.actions import login

    return login.staff(till)


def _set_guide(till: Till, guide: str | None, line: str | None) -> CartView:
    from posclient.actions import checkout

    return checkout.set_guide(till, guide, line)


def _scan(till: Till, text: str, line: str) -> ScanResult:
    from posclient.actions import checkout

    return checkout.scan(till, text, line)
