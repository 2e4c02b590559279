"""售后关怀: the guide's follow-ups, today's and overdue ones first; what to say, copied in one touch (C12, G6)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPaintEvent

from posclient.errors import PosError
from ui.context import Context
from ui.i18n import tr
from ui.screens.once import Once
from ui.screens.screen import Deeds, Screen
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.choices import Choice, Choices
from ui.widgets.empty import Empty
from ui.widgets.scroller import Scroller
from ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from posclient.actions.till import Till
    from posclient.actions.views import CareTaskView

#: When a follow-up that is put off comes again on the next day.
MORNING = 10
#: More are more than a day's: the latest are listed, and the list says so (T-26).
MOST = 100
Tasks = tuple["CareTaskView", ...]


class CareScreen(Screen):
    """What whoever is logged in has to do until tonight; a manager sees everybody's, also of guides who have left."""

    name = "care"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._tasks: Tasks = ()
        self._choices = Choices(lambda _task: None)
        self._who, self._script = Text(look="name"), Text(wrap=True)
        self._note = Text("care.subtitle", look="muted")
        self._what = Text(look="muted", wrap=True)
        self._empty, self._body = Empty("check", "care.empty", "care.empty_hint"), frame("background")
        self._awaited, self._painted_at, self._once = False, 0.0, Once()
        self._build()

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._choices.moved.connect(self._show_current)
        self.context.staff_changed.connect(lambda _staff: self._show(()))  # the next one has others
        self.context.status_changed.connect(self._look_again)
        self.context.page_left.connect(self._page_left)
        left = frame("card", column(Scroller(frame("surface", column(self._choices, None))), margins=(8, 8, 8, 8)))
        left.setFixedWidth(420)
        copy = Button("care.copy", icon="note", on=self._copy)
        later = Button("care.tomorrow", icon="clock", on=lambda: self._change("snoozed"))
        done = Button("care.done", "primary", keycap="Enter", on=lambda: self._change("done"))
        for button in (copy, later, done):
            button.setFixedHeight(60)
        words = Scroller(frame("surface", column(self._script, None)))
        buttons = row(copy, None, later, done, gap=12)
        about = column(self._who, self._what, words, buttons, gap=12, margins=(20, 16, 20, 16))
        body = row(left, frame("card", about), gap=16)
        body.setStretch(1, 1)
        self._body.setLayout(body)
        self._empty.hide()
        head = row(Text("care.title", look="title"), 4, self._note, None)
        self.setLayout(column(head, 8, self._body, self._empty, margins=pad()))

    def shown(self) -> None:
        self.setFocus()
        self._read()

    def deeds(self) -> Deeds:
        back = {"back": lambda: self.context.screen_wanted.emit("sale")}
        return {"collect": lambda: self._change("done"), **back} if self._tasks else back

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._choices.keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._painted_at = self._painted_at or time.monotonic()

    def retranslate(self) -> None:
        self._fill(self._choices.current)

    def _look_again(self, _status: object) -> None:
        """Sales and other tills make and end follow-ups while the page lies open."""
        if self.isVisible() and not self._awaited:
            self._read(lambda _error: None)

    def _page_left(self, _page: object) -> None:
        """The double of the Enter that put it away is for nobody here."""
        if self.isVisible():
            self._once.again("")

    def _read(self, failed: Callable[[PosError], None] | None = None) -> None:
        staff = self.context.staff
        if staff is not None:
            guide = None if staff.is_manager else staff.id
            self.context.read(
                lambda till: _due(till, guide),
                lambda tasks: self._show(tasks) if self.context.staff is staff else None,
                failed,
            )

    def _show(self, tasks: Tasks) -> None:
        """The same one stays marked. Where it has gone the next one moves up, and an Enter in that breath was not for
        them.
        """
        self._note.say("care.more" if len(tasks) > MOST else "care.subtitle", n=MOST)
        if self._tasks and tasks[-MOST:] == self._tasks:
            return
        marked, self._tasks = self._current(), tasks[-MOST:]
        places = {one.id: place for place, one in enumerate(self._tasks)}
        if marked is not None and marked.id not in places:
            self._once.again("")
        self._fill(places.get(marked.id if marked else "", max(0, self._choices.current)))

    def _fill(self, place: int) -> None:
        self._empty.setVisible(not self._tasks)
        self._body.setVisible(bool(self._tasks))
        self._choices.put([_choice(one) for one in self._tasks], place)
        self._show_current()
        self.context.deeds_changed.emit()

    def _current(self) -> CareTaskView | None:
        return self._tasks[self._choices.current] if self._tasks else None

    def _show_current(self) -> None:
        task = self._current()
        if task is None:
            return
        self._who.put(" · ".join(part for part in (task.member_name, task.member_phone) if part) or _name(task))
        what = (task.step_name, task.product, task.receipt, tr("care.of", name=task.owner_name))
        self._what.put(" · ".join(part for part in what if part))
        self._script.put(_script(task) or tr("care.no_script"))
        self._painted_at = 0.0  # Enter is for what has been seen
        self.update()

    def _copy(self) -> None:
        task = self._current()
        if task is not None and task.script:
            QGuiApplication.clipboard().setText(_script(task))
            self.context.say("good", tr("care.copied"))

    def _change(self, change: Literal["done", "snoozed"]) -> None:
        task = self._current()
        if task is None or self._awaited or not self.context.is_fresh(self._painted_at):
            return
        if self._once.again(""):  # a double Enter is for one customer, and not for the next one too
            return
        self._awaited = True
        self.context.do(lambda till: _changed(till, task.id, change), self._changed, self._refused)

    def _changed(self, task: CareTaskView) -> None:
        self._awaited = False
        self.context.sync_wanted.emit()
        self.context.say("good", tr(f"care.is_{task.state}", name=_name(task)))
        self._read()

    def _refused(self, error: PosError) -> None:
        """Another till of the store may have done it meanwhile: what is true now is shown."""
        self._awaited = False
        self.context.say_error(error)
        self._read()


def _choice(one: CareTaskView) -> Choice:
    title = " · ".join(part for part in (_name(one), one.step_name) if part)
    side = tr("care.overdue") if one.overdue else f"{one.due:%H:%M}"
    return Choice(one.id, title, one.product or one.receipt, side, "warning" if one.overdue else "muted")


def _name(task: CareTaskView) -> str:
    """Who gave no name is known by their phone; who has moved to another store is known here no longer."""
    return task.member_name or task.member_phone or tr("care.unknown")


def _script(task: CareTaskView) -> str:
    """What another till of the store has sold is not known here by its name."""
    return task.script if task.product else task.script.replace("{product}", tr("care.purchase"))


def _due(till: Till, guide: str | None) -> Tasks:
    from posclient.actions import care

    return care.due(till, guide, _midnight(till) + timedelta(days=1), MOST + 1)


def _changed(till: Till, task: str, change: Literal["done", "snoozed"]) -> CareTaskView:
    """Nothing is noted: what a customer said is personal data, and a fact keeps what is in it for ever."""
    from posclient.actions import care

    until = _midnight(till) + timedelta(days=1, hours=MORNING) if change == "snoozed" else None
    return care.change(till, task, change, "", until)


def _midnight(till: Till) -> datetime:
    """With which today began."""
    return till.now().replace(hour=0, minute=0, second=0, microsecond=0)
