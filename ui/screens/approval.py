"""A manager's PIN for one act: what it is about, the PIN by keys or by touch, and nothing stays unlocked (T-68)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from posclient.errors import PosError
from ui.context import Context
from ui.screens.scan_answer import refuse_while_asked
from ui.screens.screen import Deeds, Page
from ui.sentences import sentence
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.field import Field
from ui.widgets.number_pad import NumberPad, typed
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.till import Till

LONGEST_PIN = 12


class ApprovalPage(Page):
    """``words``: ids ``<words>.title`` and ``.yes``; ``text`` says what is asked. ``work`` gets the PIN in the till's
    thread; the page stays until it was done, and says why it was not.
    """

    name = "approval"

    def __init__(
        self,
        context: Context,
        words: str,
        text: str,
        work: Callable[[Till, str], object],
        done: Callable[[Any], None],
    ) -> None:
        super().__init__(context)
        self._work, self._done, self._awaited = work, done, False
        self._pin = Field("entry.manager_pin", kind="pin", most=LONGEST_PIN)
        self._error = Text(look="danger", wrap=True)
        self._build(words, text)

    def _build(self, words: str, text: str) -> None:
        said = Text(wrap=True)
        said.put(text)
        self._error.setFixedHeight(44)
        keys = NumberPad()
        keys.setFixedWidth(240)
        keys.pressed.connect(lambda key: self._pin.setText(typed(self._pin.text(), key, LONGEST_PIN)))
        yes = Button(f"{words}.yes", "primary", keycap="Enter", on=self._save)
        yes.setFixedHeight(60)
        no = Button("key.back", keycap="Esc", on=self.leave)
        no.setFixedHeight(60)
        asked = column(
            Text(f"{words}.title", look="title"), said, 8, self._pin, self._error, row(no, yes, gap=12), None, gap=8
        )
        left = frame("surface", asked)
        left.setFixedWidth(400)
        card = frame("card", row(left, 24, column(keys, None), margins=(32, 28, 32, 28)))
        self.setLayout(column(None, row(None, card, None), None, margins=pad()))

    def shown(self) -> None:
        self._pin.setFocus()

    def deeds(self) -> Deeds:
        return {"collect": self._save, "back": self.leave}

    def takes_scan(self, text: str) -> bool:
        refuse_while_asked(self.context, text)
        return True

    def _save(self) -> None:
        pin = self._pin.text()
        if not pin or self._awaited:
            return
        self._awaited = True
        self.context.do(lambda till: self._work(till, pin), self._approved, self._refused)

    def _approved(self, answer: object) -> None:
        self.leave()
        self._done(answer)

    def _refused(self, error: PosError) -> None:
        if self.gone:  # nobody reads it here
            self.context.say_error(error)
            return
        self._awaited = False
        self._pin.clear()
        self.context.tones.play("failure")
        self._error.put(sentence(error))
