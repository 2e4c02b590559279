"""The login's face: who, the PIN, the pad. Knows neither till nor actions: it is painted before they are loaded.

It is the first thing on screen (stack.md, start and scan): what it imports, everybody waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from ui.widgets.boxes import clear, column, frame, row
from ui.widgets.button import Button
from ui.widgets.flags import NO_FOCUS, STRONG_FOCUS, center, set_focus_policy
from ui.widgets.number_pad import BACKSPACE, NumberPad, typed
from ui.widgets.text import Text

LONGEST_PIN = 12


class PinDots(Text):
    """How many digits there are, never which."""

    def __init__(self) -> None:
        super().__init__(look="dots")
        self.setFixedHeight(44)
        center(self)
        self.count(0)

    def count(self, digits: int) -> None:
        """So many of four or more."""
        self.put(" ".join("●" * digits + "○" * (4 - digits)))


class LoginPanel(QWidget):
    """``submitted(pin, staff id or empty, badge or empty)``, one at a time: until ``answered`` is called.

    ``called_back``: whoever was asked for has left meanwhile, or another badge has come.
    """

    submitted = Signal(str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self._pin, self._chosen, self._badge = "", "", ""
        self.called_back = self._asking = False
        self._next: tuple[str, str, str] | None = None
        self._staff: dict[str, Button] = {}
        self._title, self._store = Text("login.title", look="hero"), Text("login.opening", look="muted", wrap=True)
        self._prompt, self._note = Text("login.pin", look="strong"), Text(look="danger", wrap=True)
        self._hint = Text(look="warning", wrap=True)
        self._dots, self._pad = PinDots(), NumberPad()
        self._enter = Button("login.enter", "primary", on=self.submit)
        self._list, self._area = QVBoxLayout(), QScrollArea(widgetResizable=True)
        self._card, self._middle = frame("card"), row()
        self._notice: QWidget | None = None
        self._leave: Callable[[], None] | None = None
        self._build()

    def _build(self) -> None:
        set_focus_policy(self, STRONG_FOCUS)
        self._list.setSpacing(8)
        self._pad.pressed.connect(self.press)
        for label in (self._prompt, self._note):
            center(label)
        self._note.setFixedHeight(40)  # nothing moves when it speaks
        self._enter.setEnabled(False)
        self._hint.hide()
        set_focus_policy(self._area, NO_FOCUS)
        self._area.setWidget(frame("surface", column(self._list, None, margins=(0, 0, 8, 0))))
        people = column(self._title, self._store, 12, self._hint, self._area, gap=4)
        entry = column(self._prompt, self._dots, self._note, self._pad, 8, self._enter, None, gap=4)
        left, right = frame("surface", people), frame("surface", entry)
        left.setFixedWidth(320)
        right.setFixedWidth(300)
        self._card.setLayout(row(left, 24, right, margins=(32, 28, 32, 28)))
        self._card.setFixedHeight(520)
        self._middle.addStretch(1)
        self._middle.addWidget(self._card)
        self._middle.addStretch(1)
        self.setLayout(column(None, self._middle, None))

    # --- what it is told

    @property
    def has_staff(self) -> bool:
        """Is there anybody to choose?"""
        return bool(self._staff)

    def show_staff(self, people: Iterable[tuple[str, str]], store: str) -> None:
        """Id and name of who may log in here."""
        self._forget_notice()
        self._offer(people)
        self._enter.setEnabled(bool(self._staff))
        self._enter.set_keycap("Enter" if self._staff else "")
        if self._staff and not store:
            self._store.say("login.choose")
        else:
            self._store.put(store)
        self.tell("" if self._staff else "login.no_staff")

    def renew_staff(self, people: Iterable[tuple[str, str]]) -> None:
        """Who may log in by now; whoever is typing at this moment keeps their place."""
        now = list(people)
        if now and now != [(one, button.text()) for one, button in self._staff.items()]:
            self._offer(now)
            self._choose(self._chosen if self._chosen in self._staff else "")

    def _offer(self, people: Iterable[tuple[str, str]]) -> None:
        clear(self._list)
        self._staff = {one: self._person(one, name) for one, name in people}

    def tell(self, key: str) -> None:
        """A hint by id, where the names will stand: something is to be done elsewhere first. Empty: nothing is."""
        self._hint.setVisible(bool(key))
        if key:
            self._hint.say(key)
        else:
            self._hint.put("")

    def stop(self, title: str, sentence: str, leave: Callable[[], None]) -> None:
        """Nobody can log in: instead of names and digits, what is wrong, and ``leave`` by button or Enter."""
        from ui.widgets.notice import Notice

        self._forget_notice()
        self._enter.setEnabled(False)
        self._card.hide()
        self._leave = leave
        self._notice = Notice(title, sentence, leave)
        self._middle.insertWidget(1, self._notice)

    def _forget_notice(self) -> None:
        if self._notice is not None:
            self._notice.deleteLater()
        self._notice = self._leave = None
        self._card.show()

    def refuse(self, sentence: str, *, forget: bool = False) -> None:
        """A wrong PIN or badge."""
        if forget:
            self.forget()
        self._clear()
        if self._staff:
            self._note.put(sentence)

    def forget(self) -> None:
        """Nothing of the one before is left, above all not digits; whom a PIN on its way lets in has left."""
        self.called_back, self._next, self._badge = self._asking, None, ""
        self._clear()
        self._choose("")

    def read_badge(self, badge: str) -> None:
        """A badge says who; the PIN is still asked for."""
        self.forget()
        self._badge = badge
        self._prompt.say("login.badge_pin")

    # --- what a person does

    def press(self, key: str) -> None:
        """A digit or ``backspace``."""
        self._pin = typed(self._pin, key, LONGEST_PIN)
        self._dots.count(len(self._pin))
        if self._staff:
            self._note.put("")

    def submit(self) -> None:
        """Enter: once, until the answer is there; who came since that was called back is asked for behind it."""
        if self._leave is not None:
            self._leave()
            return
        if self._pin and self._enter.isEnabled():
            who = self._pin, self._chosen, self._badge
            if not self._asking:
                self._ask(who)
            elif self.called_back:
                self._next = who

    def _ask(self, who: tuple[str, str, str]) -> None:
        self._asking = True
        self.submitted.emit(*who)

    def answered(self) -> None:
        """The till has said whether the last one may come in."""
        waiting, self._next, self._asking, self.called_back = self._next, None, False, False
        if waiting is not None:
            self._ask(waiting)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        from PySide6.QtCore import Qt

        if event.text() and event.text() in "0123456789":  # typed before the window's own keys are there
            self.press(event.text())
        elif event.key() == Qt.Key.Key_Backspace:
            self.press(BACKSPACE)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._staff:
            self._step(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def _person(self, staff: str, name: str) -> Button:
        button = Button(look="person", icon="person", on=lambda: self._choose(staff))
        button.put(name)
        button.setCheckable(True)
        button.setFixedHeight(48)
        self._list.addWidget(button)
        return button

    def _step(self, by: int) -> None:
        names = list(self._staff)
        at = names.index(self._chosen) if self._chosen in names else -1 if by > 0 else 0
        self._choose(names[(at + by) % len(names)])

    def _choose(self, staff: str) -> None:
        self._chosen = staff
        for name, button in self._staff.items():
            button.setChecked(name == staff)
        if staff:
            self._area.ensureWidgetVisible(self._staff[staff])
            self._badge = ""
            self._prompt.say("login.pin_of", name=self._staff[staff].text())
        elif not self._badge:
            self._prompt.say("login.pin")

    def _clear(self) -> None:
        self._pin = ""
        self._dots.count(0)
