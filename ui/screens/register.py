"""A new member in seconds: phone, and if they like name and birthday; bound to the guide (C4)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QSizePolicy

from posclient.actions.views import ScanKind, ScanResult
from posclient.errors import PosError
from ui import theme
from ui.context import Context
from ui.i18n import tr
from ui.screens.screen import Deeds, Page
from ui.sentences import sentence
from ui.widgets.boxes import clear, column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.field import Field
from ui.widgets.number_pad import NumberPad, typed
from ui.widgets.scroller import Scroller
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import CartView
    from posclient.domain.people import Staff


#: Guides stand in rows of so many, and scroll beyond so many rows.
IN_A_ROW, MOST_ROWS, GUIDE_GAP = 4, 3, 6


class RegisterPage(Page):
    """Registers into the open cart; the newcomer coupon is usable in this very sale."""

    name = "register"

    def __init__(self, context: Context, phone: str = "") -> None:
        super().__init__(context)
        self._phone, self._name = Field("register.phone_hint", kind="phone", most=20), Field(most=40)
        self._birthday = Field("register.birthday_hint", kind="date", most=10)
        self._error = Text(look="danger", wrap=True)
        self._guides = QGridLayout()
        self._guide_area = Scroller(frame("surface", self._guides))
        self._guide_buttons: dict[str, Button] = {}
        self._guide: str | None = context.cart.guide_id if context.cart else None
        self._phone.setText(phone)
        self._awaited = False
        self._build()
        context.scanned.connect(self._scanned)

    def _build(self) -> None:
        back = Button("key.back", "quiet", keycap="Esc", on=self.leave)
        form = QGridLayout()
        form.setVerticalSpacing(12)
        form.setHorizontalSpacing(16)
        fields = (("register.phone", self._phone), ("register.name", self._name), ("register.birthday", self._birthday))
        for place, (label, field) in enumerate(fields):
            form.addWidget(Text(label, look="strong"), place, 0)
            form.addWidget(field, place, 1)
        form.addWidget(Text("register.guide", look="strong"), len(fields), 0)
        form.addWidget(self._guide_area, len(fields), 1)
        form.setColumnStretch(1, 1)
        self._guides.setContentsMargins(0, 0, 6, 0)
        self._guides.setSpacing(GUIDE_GAP)
        keys = NumberPad()
        keys.setFixedWidth(264)
        keys.pressed.connect(self._pad)
        save = Button("register.save", "primary", keycap="Enter", on=self._save)
        save.setFixedHeight(60)
        self._error.setFixedHeight(44)
        note = Text("register.note", look="muted", wrap=True)
        card = frame("card", column(form, self._error, save, note, gap=12, margins=(24, 24, 24, 20)))
        head = row(Text("register.title", look="title"), None, back)
        self.setLayout(column(head, 4, row(column(card, None), 16, column(keys, None)), margins=pad()))

    def shown(self) -> None:
        (self._name if self._phone.text() else self._phone).setFocus()
        self.read(_guides, self._show_guides)

    def deeds(self) -> Deeds:
        return {"collect": self._save, "back": self.leave}

    def _pad(self, key: str) -> None:
        field = self._birthday if self._birthday.hasFocus() else self._phone
        field.setText(typed(field.text(), key, field.maxLength()))

    def _show_guides(self, staff: tuple[Staff, ...]) -> None:
        """The guide of the sale first: however many there are, that one is seen."""
        clear(self._guides)
        self._guide_buttons.clear()
        guides = sorted((one for one in staff if "guide" in one.roles), key=lambda one: one.id != self._guide)
        for place, one in enumerate(guides):
            button = Button(on=lambda guide=one.id: self._choose_guide(guide))  # type: ignore[misc]
            button.put(one.name)
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # all of one width
            self._guide_buttons[one.id] = button
            self._guides.addWidget(button, *divmod(place, IN_A_ROW))
        for place in range(IN_A_ROW):
            self._guides.setColumnStretch(place, 1)
        rows = min(MOST_ROWS, -(-len(guides) // IN_A_ROW))
        self._guide_area.setFixedHeight(rows * (theme.size("touch") + 2 + GUIDE_GAP))
        self._choose_guide(self._guide)

    def _choose_guide(self, guide: str | None) -> None:
        self._guide = guide
        for name, button in self._guide_buttons.items():
            button.setChecked(name == guide)

    def _scanned(self, result: ScanResult) -> None:
        """A badge that is scanned here is that of the guide who brings the member in."""
        if result.kind is ScanKind.GUIDE:
            self._choose_guide(result.view.guide_id)

    def _save(self) -> None:
        try:
            birthday = self._read_birthday()
        except ValueError:
            self._birthday.wrong(True)
            self._error.say("register.birthday_wrong")
            return
        if self._awaited:
            return
        self._awaited = True
        phone, name, guide = self._phone.text(), self._name.text().strip(), self._guide
        self.context.do(lambda till: _register(till, phone, name, birthday, guide), self._registered, self._refused)

    def _read_birthday(self) -> date | None:
        """``2019-03-08`` or ``20190308``; None where nothing was typed; ``ValueError`` where it is no date."""
        text = self._birthday.text().strip()
        self._birthday.wrong(False)
        return date.fromisoformat(text) if text else None

    def _registered(self, view: CartView) -> None:
        self.context.show_cart(view)
        self.context.tones.play("success")
        self.leave()
        if view.member is not None:
            self.context.say("good", tr("register.done", name=view.member.member.masked_phone))

    def _refused(self, error: PosError) -> None:
        if self.gone:  # nobody reads it here
            self.context.say_error(error)
            return
        self._awaited = False
        self._phone.wrong(error.code.startswith("phone"))
        self.context.tones.play("failure")
        self._error.put(sentence(error))


def _register(till: Till, phone: str, name: str, birthday: date | None, guide: str | None) -> CartView:
    from posclient.actions import members

    return members.register(till, phone, name, birthday, guide)


def _guides(till: Till) -> tuple[Staff, ...]:
    from posclient.actions import login

    return login.staff(till)
