"""A page that asks for one figure: with a number pad, a reason where money goes, and a manager where the rules ask for
one (C8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout

from posclient.errors import PosError
from ui.context import Context
from ui.screens.scan_answer import refuse_while_asked
from ui.screens.screen import Deeds, Page
from ui.sentences import sentence
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.field import Field
from ui.widgets.number_pad import BACKSPACE, NumberPad, typed
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import CartView
    from posclient.domain.people import Staff

#: Words of common reasons, a touch each.
REASONS = ("stain", "display", "price_tag", "regular", "competitor")
Step = Callable[["Till", "Staff | None"], "CartView"]


class FigurePage(Page):
    """A figure and, for money, a reason. ``value`` is typed; a subclass says what becomes of it.

    A refusal that a manager can lift asks for a manager's PIN on the same page: for this one act (T-68).
    """

    corner = ""
    with_reason = True
    title = ""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.value, self._awaited, self._asks_manager = "", False, False
        self._shown = Text(look="amount")
        self._error = Text(look="danger", wrap=True)
        self._reason = Field("entry.reason_hint", most=60)
        self._pin = Field("entry.manager_pin", kind="pin", most=12)
        self._extra = row(gap=8)
        self._keys = NumberPad(self.corner)
        self._build()

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._keys.setFixedWidth(300)
        self._keys.pressed.connect(self._press)
        self._error.setFixedHeight(48)
        self._pin.hide()
        head = row(Text(self.title, look="title"), None, Button("key.back", "quiet", keycap="Esc", on=self.leave))
        shown = frame("card", row(Text("entry.value", look="muted"), None, self._shown, margins=(16, 8, 16, 8)))
        save = Button("entry.save", "primary", keycap="Enter", on=self._save)
        save.setFixedHeight(60)
        left = column(shown, self._extra, gap=12)
        if self.with_reason:
            left.addLayout(column(Text("entry.reason", look="strong"), self._reason, self._reason_buttons(), gap=8))
        left.addLayout(column(self._error, self._pin, save, None, gap=8))
        body = row(frame("background", left), 24, column(self._keys, None), gap=0)
        body.setStretch(0, 1)
        self.setLayout(column(head, 8, body, margins=pad()))

    def _reason_buttons(self) -> QHBoxLayout:
        buttons = row(gap=8)
        for name in REASONS:
            button = Button(f"reason.{name}")
            button.clicked.connect(lambda _on=False, made=button: self._reason.setText(made.text()))
            buttons.addWidget(button)
        buttons.addStretch(1)
        return buttons

    def shown(self) -> None:
        (self._pin if self._asks_manager else self).setFocus()  # the digits of a PIN are no figure
        self._press("")

    def deeds(self) -> Deeds:
        return {"collect": self._save, "back": self.leave}

    def takes_scan(self, text: str) -> bool:
        if self._asks_manager:
            refuse_while_asked(self.context, text)
        return self._asks_manager

    def typed(self, event: QKeyEvent) -> bool:
        if event.text() in set("0123456789" + self.corner):
            self._press(event.text())
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace:
            self._press(BACKSPACE)
        else:
            super().keyPressEvent(event)

    def _press(self, key: str) -> None:
        if self._asks_manager and key:  # a touch on the pad takes the focus from the field
            if key != self.corner:  # a PIN has no point
                self._pin.setText(typed(self._pin.text(), key, 12))
            return
        self.value = typed(self.value, key, 9) if key else self.value
        self._shown.put(self.text())

    def text(self) -> str:
        """The figure as it is shown."""
        return self.value or "0"

    def step(self, _reason: str) -> Step:
        """What the figure does in the till's thread, with the approver's id or None."""
        raise AssertionError("a page of figures says what its figure does")

    def _save(self) -> None:
        if self._awaited:
            return
        try:
            step = self.step(self._reason.text().strip())
        except PosError as error:
            self._refused(error)
            return
        self._awaited = True
        pin = self._pin.text() if self._asks_manager else ""
        self.context.do(lambda till: _approved(till, step, pin), self._done, self._refused)

    def _done(self, view: CartView) -> None:
        self.context.show_cart(view)
        self.leave()

    def _refused(self, error: PosError) -> None:
        if self.gone:  # the keys are another screen's by now
            self.context.say_error(error)
            return
        self._awaited = False
        self.context.tones.play("failure")
        self._error.put(sentence(error))
        self._pin.clear()  # the next one is typed anew, as everywhere
        if error.code == "needs_approval":
            self._asks_manager = True
            self._pin.show()
        if self._asks_manager:
            self._pin.setFocus()
        if error.code == "reason":
            self._reason.wrong(True)
            self._reason.setFocus()


def _approved(till: Till, step: Step, pin: str) -> CartView:
    """With a manager's PIN, which is good for this act alone."""
    from posclient.actions import login

    approver = login.approve(till, pin, "discount") if pin else None
    return step(till, approver)
