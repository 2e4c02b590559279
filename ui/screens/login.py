"""Log in: choose who you are or type the PIN alone; by keys, touch or badge. Painted before anything is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from posclient.errors import PosError
from ui import theme
from ui.context import Context
from ui.i18n import tr
from ui.screens.screen import Deeds, Screen
from ui.sentences import sentence
from ui.widgets.boxes import clear, column, frame, row
from ui.widgets.button import Button
from ui.widgets.number_pad import BACKSPACE, NumberPad, typed
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.domain.people import Staff

LONGEST_PIN = 12


class PinDots(QWidget):
    """How many digits there are, never which."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self.setFixedHeight(44)

    def put(self, count: int) -> None:
        self._count = count
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 44)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = max(4, self._count)
        left = (self.width() - places * 26) / 2
        for place in range(places):
            full = place < self._count
            painter.setPen(QPen(theme.colour("text" if full else "muted"), 1.4))
            painter.setBrush(theme.colour("text") if full else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QRectF(left + place * 26 + 6, 15, 14, 14))


class LoginScreen(Screen):
    """``ready`` is called with the staff of the store; ``failed`` where the data folder could not be opened."""

    name = "login"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._pin, self._chosen, self._badge = "", "", ""
        self._asking = False
        self._staff: dict[str, Button] = {}
        self._title, self._store = Text("login.title", look="hero"), Text("login.opening", look="muted")
        self._prompt, self._error = Text("login.pin", look="strong"), Text(look="danger", wrap=True)
        self._dots, self._pad = PinDots(), NumberPad()
        self._enter = Button("login.enter", "primary", keycap="Enter", on=self._submit)
        self._list = QVBoxLayout()
        self._build()

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._list.setSpacing(8)
        self._pad.pressed.connect(self._press)
        for label in (self._prompt, self._error):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._error.setFixedHeight(40)  # nothing moves when it speaks
        self._enter.setEnabled(False)
        area = QScrollArea(widgetResizable=True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(frame("surface", column(self._list, None, margins=(0, 0, 8, 0))))
        people = column(self._title, self._store, 12, area, gap=4)
        entry = column(self._prompt, self._dots, self._error, self._pad, 8, self._enter, None, gap=4)
        left, right = frame("surface", people), frame("surface", entry)
        left.setFixedWidth(320)
        right.setFixedWidth(300)
        card = frame("card", row(left, 24, right, margins=(32, 28, 32, 28)))
        card.setFixedHeight(520)
        self.setLayout(column(None, row(None, card, None), None))

    # --- what the till answers

    def ready(self, staff: tuple[Staff, ...], store: str) -> None:
        """The till is open; nobody to choose means that the store's staff have not come from HQ yet."""
        self._enter.setEnabled(bool(staff))
        if store:
            self._store.put(store)
        else:
            self._store.say("login.choose")
        clear(self._list)
        self._staff = {one.id: self._person(one) for one in staff}
        if not staff:
            self.tell("login.no_staff")

    @property
    def has_staff(self) -> bool:
        """Is there anybody to choose?"""
        return bool(self._staff)

    def opening_failed(self, error: PosError) -> None:
        """The data folder cannot be used: say why, and what to do."""
        self._enter.setEnabled(False)
        self._store.say("login.cannot_open")
        self._error.look("danger")
        self._error.setFixedHeight(120)
        self._error.put(sentence(error))

    def tell(self, key: str) -> None:
        """A hint by id."""
        self._error.look("warning")
        self._error.setFixedHeight(120)
        self._error.say(key)

    def _person(self, staff: Staff) -> Button:
        button = Button(look="person", icon="person", on=lambda: self._choose(staff.id))
        button.put(staff.name)
        button.setCheckable(True)
        button.setFixedHeight(48)
        self._list.addWidget(button)
        return button

    # --- what a person does

    def shown(self) -> None:
        """Nothing of the one before is left, above all not digits."""
        self._forget()
        self.setFocus()

    def _forget(self) -> None:
        self._badge = ""
        self._clear("")
        self._choose("")

    def deeds(self) -> Deeds:
        return {"collect": self._submit, "back": self._forget}

    def takes_scan(self, text: str) -> bool:
        """A badge: it says who; the PIN is still asked for."""
        self._badge = text
        self._choose("")
        self._clear("")
        self._prompt.say("login.badge_pin")
        return True

    def typed(self, event: QKeyEvent) -> bool:
        if event.text() in set("0123456789"):
            self._press(event.text())
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace:
            self._press(BACKSPACE)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._staff:
            self._step(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def _press(self, key: str) -> None:
        self._pin = typed(self._pin, key, LONGEST_PIN)
        self._dots.put(len(self._pin))
        if self._error.text() and self._staff:
            self._error.put("")

    def _step(self, by: int) -> None:
        names = list(self._staff)
        at = names.index(self._chosen) if self._chosen in names else -1 if by > 0 else 0
        self._choose(names[(at + by) % len(names)])

    def _choose(self, staff: str) -> None:
        self._chosen = staff
        for name, button in self._staff.items():
            button.setChecked(name == staff)
        if staff:
            self._badge = ""
            self._prompt.say("login.pin_of", name=self._staff[staff].text())
        elif not self._badge:
            self._prompt.say("login.pin")

    def _clear(self, error: str) -> None:
        self._pin = ""
        self._dots.put(0)
        if self._staff:
            self._error.look("danger")
            self._error.setFixedHeight(40)
            self._error.put(error)

    def _submit(self) -> None:
        if not self._pin or self._asking or not self._enter.isEnabled():
            return
        self._asking = True
        pin, chosen, badge = self._pin, self._chosen or None, self._badge

        def log_in(till: Till) -> Staff:
            from posclient.actions import login

            if badge:
                return login.log_in_by_badge(till, badge, pin)
            return login.log_in(till, pin, chosen)

        self.context.do(log_in, self._logged_in, self._refused)

    def _logged_in(self, staff: Staff) -> None:
        self._asking = False
        self._clear("")
        self.context.show_staff(staff)

    def _refused(self, error: PosError) -> None:
        self._asking = False
        self.context.tones.play("failure")
        if error.code == "unknown_badge":
            self._forget()
        self._clear(sentence(error))

    def retranslate(self) -> None:
        """Words said by id follow by themselves; the error is said anew next time."""
        self.setAccessibleName(tr("login.title"))
