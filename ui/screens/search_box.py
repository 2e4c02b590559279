"""The field at the top of the sale: type a style, a name, pinyin initials or a code; results appear as you type."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from posclient.actions import search
from posclient.actions.till import Till
from posclient.actions.views import ProductHit
from posclient.errors import NotFound, PosError
from ui import theme
from ui.context import Context
from ui.models.hit_rows import HitModel
from ui.widgets.button import paint_keycap
from ui.widgets.field import Field
from ui.widgets.hit_list import HitList
from ui.widgets.text import Text

#: A person types on within this time (ms): one search, not five.
PAUSE_MS = 60
LONGEST = 80
#: Nobody reads on; more words find better.
MOST_HITS = 50


class SearchBox(Field):
    """``chosen(sku)`` for a result, ``code(text)`` for what nothing was found for: perhaps it is a code."""

    chosen = Signal(str)
    code = Signal(str)
    done = Signal()

    def __init__(self, context: Context, host: QWidget, keycap: str) -> None:
        super().__init__("sale.search", most=LONGEST)
        self._context, self._host, self._keycap = context, host, keycap
        self._hits = HitModel()
        self.list = HitList(self._hits, host)
        self.list.chosen.connect(self._chosen)
        self._note = Text(look="card-note", wrap=True)
        self._note.setParent(host)
        self._note.hide()
        self._asked, self._answered = 0, 0
        self._enter_waits = self._asking = False
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.setFixedHeight(48)
        self.textChanged.connect(self._text_changed)

    # --- in and out

    def begin(self, text: str = "") -> None:
        """From F2, a touch (Chinese text: input methods on), or with the first sign typed (pinyin, code: off)."""
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, not text)
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if text:
            self.setText(self.text() + text)

    def finish(self) -> None:
        """Empty again; the sale takes the focus back."""
        self._enter_waits = False
        self.clear()
        self.list.hide()
        self.done.emit()

    def enter(self) -> bool:
        """Enter: take the chosen result, as soon as there is one. False: nothing is typed."""
        if not self.text().strip():
            return False
        if self._pause.isActive() or self._asked != self._answered:
            self._enter_waits = True
            if self._pause.isActive() or not self._asking:
                self._pause.stop()
                self._ask()
        elif not self.list.take():
            self._as_code()
        return True

    def place(self) -> None:
        """Keep the list below the field."""
        if self.list.isVisible():
            self.list.offer(self._below())
        self._place_note()

    def _place_note(self) -> None:
        """Below the field where nothing was found, below the list where it ends too soon."""
        above = self.list.geometry() if self.list.isVisible() else self._below()
        self._note.setGeometry(above.left(), above.bottom() + 6, above.width(), 48)
        self._note.raise_()

    # --- asking

    def _text_changed(self, text: str) -> None:
        self._asked += 1  # whatever is under way answers an older question, and Enter was about that
        self._enter_waits = self._asking = False
        if text.strip():
            self._pause.start()
        else:
            self._pause.stop()
            self._answered = self._asked
            self.list.hide()
            self._note.hide()
        self._context.deeds_changed.emit()  # there is something for Esc now, or no more

    def _ask(self) -> None:
        question, text = self._asked, self.text().strip()
        self._asking = True
        self._context.read(
            lambda till: _find(till, text), lambda found: self._show(question, *found), partial(self._failed, question)
        )

    def _failed(self, question: int, error: PosError) -> None:
        """Nothing is chosen by an Enter that got no answer; the next one asks again. No goods yet are an answer."""
        if isinstance(error, NotFound):
            self._show(question, (), more=False, nothing=f"error.{error.code}")
            return
        if question == self._asked:
            self._enter_waits = self._asking = False
        self._context.say_error(error)

    def _show(self, question: int, hits: tuple[ProductHit, ...], more: bool, nothing: str = "search.nothing") -> None:
        if question != self._asked:
            return
        self._answered, self._asking = question, False
        self._hits.show(hits)
        self.list.offer(self._below())
        if more:
            self._note.say("search.more", n=len(hits))
        else:
            self._note.say(nothing, text=self.text().strip())
        self._note.setVisible(more or not hits)
        self._place_note()
        if self._enter_waits:
            self._enter_waits = False
            self.enter()

    def _chosen(self, sku: str) -> None:
        self.finish()
        self.chosen.emit(sku)

    def _as_code(self) -> None:
        text = self.text().strip()
        self.finish()
        self.code.emit(text)

    def _below(self) -> QRect:
        return QRect(self.mapTo(self._host, self.rect().topLeft()), self.size())

    # --- keys and paint

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.list.isVisible():
            self.list.step(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() == Qt.Key.Key_Down:
            self.finish()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() == Qt.FocusReason.MouseFocusReason:
            self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, True)
        super().focusInEvent(event)

    def set_keycap(self, keycap: str) -> None:
        self._keycap = keycap
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._keycap and not self.text():
            painter = QPainter(self)
            paint_keycap(painter, QRect(self.width() - 48, (self.height() - 21) // 2, 32, 21), self._keycap)

    def restyle(self) -> None:
        theme.look(self, "")


def _find(till: Till, text: str) -> tuple[tuple[ProductHit, ...], bool]:
    """What fits best, and whether there is more: a list that ends says so (T-26)."""
    hits = search.products(till, text, MOST_HITS)
    return hits, len(hits) == MOST_HITS and search.more(till, text, MOST_HITS)
