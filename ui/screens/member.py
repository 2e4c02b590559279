"""Find the member of this sale: member code, last four digits of the phone, or the whole number (C1, T-70)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent

from ui.context import Context
from ui.i18n import tr
from ui.screens.register import RegisterPage
from ui.screens.screen import Deeds, Page
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.choices import Choice, Choices
from ui.widgets.field import Field
from ui.widgets.number_pad import NumberPad, typed
from ui.widgets.scroller import Scroller
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import CartView, MemberCandidate

#: Nothing shorter is looked up: three digits match a tenth of all members.
SHORTEST = 4
PAUSE_MS = 60


class MemberPage(Page):
    """Candidates are masked; choosing one prices the cart for them."""

    name, goes_at_scan = "member", True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._field = Field("member.field_hint", kind="latin", most=40)
        self._choices = Choices(self._choose)
        self._note = Text("member.how", look="muted", wrap=True)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._find)
        self._asked = ""
        self._build()

    def _build(self) -> None:
        self._field.textChanged.connect(lambda _text: self._pause.start())
        keys = NumberPad()
        keys.setFixedWidth(264)
        keys.pressed.connect(lambda key: self._field.setText(typed(self._field.text(), key, 20)))
        back = Button("key.back", "quiet", keycap="Esc", on=self.leave)
        area = Scroller(frame("surface", column(self._choices, None)))
        found = frame("card", column(self._note, area, gap=4, margins=(12, 12, 12, 12)))
        new = Button("member.register", icon="add-person", keycap="F3", on=self._register)
        self._none = Button("member.none", on=lambda: self._set(None))
        buttons = column(keys, 12, new, self._none, None)
        self.setLayout(
            column(
                row(Text("member.title", look="title"), None, back), self._field, row(found, 16, buttons), margins=pad()
            )
        )

    def shown(self) -> None:
        cart = self.context.cart
        self._none.setVisible(bool(cart and (cart.member or cart.claimed_code)))
        self._field.setFocus()

    def deeds(self) -> Deeds:
        return {"collect": self._enter, "member": self._register, "back": self.leave}

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._choices.step(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def _enter(self) -> None:
        """Look up at once what was typed; the only match is taken."""
        if self._asked == self._text() and self._choices.ids():
            self._choices.choose()
        else:
            self._find(take_single=True)

    def _text(self) -> str:
        return self._field.text().strip()

    def _find(self, *, take_single: bool = False) -> None:
        text = self._text()
        if len(text) < SHORTEST:
            self._asked = ""
            self._show((), "member.how")
            return
        self.read(lambda till: _find(till, text), lambda found: self._found(text, *found, take=take_single))

    def _found(self, text: str, found: tuple[MemberCandidate, ...], more: bool, *, take: bool) -> None:
        if text != self._text():
            return  # an answer to what was typed before
        self._asked = text
        if take and len(found) == 1:
            self._choose(found[0].id)
            return
        sealed = self.context.status is not None and self.context.status.sealed_s is not None
        note = "member.sealed_how" if sealed else "member.choose" if found else "member.unknown"
        self._show(found, "member.more" if more else note)

    def _show(self, found: tuple[MemberCandidate, ...], note: str) -> None:
        self._note.say(note, n=len(found))
        self._choices.put([_choice(one) for one in found])

    def _choose(self, member: str) -> None:
        self._set(member)

    def _set(self, member: str | None) -> None:
        self.context.change_cart(lambda till: _set_member(till, member), lambda _view: self.leave())

    def _register(self) -> None:
        """With the phone that was looked for; a foreign one keeps its +, without which it is somebody else's."""
        digits = "".join(sign for sign in self._text() if sign.isdigit())
        abroad = "+" if self._text().startswith("+") else ""
        phone = abroad + digits if len(digits) >= 7 else ""
        self.leave()
        self.context.page_wanted.emit(RegisterPage(self.context, phone))


def _choice(one: MemberCandidate) -> Choice:
    guide = tr("member.own_guide", name=one.own_guide_name) if one.own_guide_name else ""
    detail = " · ".join(part for part in (one.masked_phone if one.masked_name else "", guide) if part)
    return Choice(one.id, one.masked_name or one.masked_phone, detail, one.tier)


def _find(till: Till, text: str) -> tuple[tuple[MemberCandidate, ...], bool]:
    """Whom it names, and whether there are more (T-26)."""
    from posclient.actions import members

    return members.find(till, text), members.more(till, text)


def _set_member(till: Till, member: str | None) -> CartView:
    from posclient.actions import checkout

    return checkout.set_member(till, member)
