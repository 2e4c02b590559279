"""One question, asked only where ux.md asks for it: void a sale, and a drawer opened without one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent

from ui.context import Context
from ui.screens.screen import Deeds, Page
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.text import Text


class ConfirmPage(Page):
    """``words``: ids ``<words>.title``, ``.text`` (with ``params``) and ``.yes``. Enter says yes, Esc no."""

    name = "confirm"
    goes_at_scan = True  # what was asked may be true no longer

    def __init__(self, context: Context, words: str, on_yes: Callable[[], None], **params: Any) -> None:
        super().__init__(context)
        self._on_yes, self._painted_at = on_yes, 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        yes = Button(f"{words}.yes", "danger", keycap="Enter", on=self._yes)
        no = Button("key.back", keycap="Esc", on=self.leave)
        text = Text(f"{words}.text", wrap=True, **params)
        text.setFixedWidth(420)
        content = column(Text(f"{words}.title", look="title"), text, 12, row(no, yes, gap=12), margins=(32, 28, 32, 28))
        self.setLayout(column(None, row(None, frame("card", content), None), None, margins=pad()))

    def deeds(self) -> Deeds:
        return {"collect": self._yes, "back": self.leave}

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._painted_at = self._painted_at or time.monotonic()

    def _yes(self) -> None:
        """Nobody says yes to what they have not seen yet (T-13)."""
        if not self.context.is_fresh(self._painted_at):
            return
        self.leave()
        self._on_yes()
