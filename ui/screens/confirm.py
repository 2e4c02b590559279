"""One question, asked only where ux.md asks for it: void a sale, and a drawer opened without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt

from ui.context import Context
from ui.screens.screen import Deeds, Page
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.text import Text


class ConfirmPage(Page):
    """``words``: ids ``<words>.title``, ``.text`` (with ``params``) and ``.yes``. Enter says yes, Esc no."""

    name = "confirm"

    def __init__(self, context: Context, words: str, on_yes: Callable[[], None], **params: Any) -> None:
        super().__init__(context)
        self._on_yes = on_yes
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        yes = Button(f"{words}.yes", "danger", keycap="Enter", on=self._yes)
        no = Button("key.back", keycap="Esc", on=self.leave)
        text = Text(f"{words}.text", wrap=True, **params)
        text.setFixedWidth(420)
        content = column(Text(f"{words}.title", look="title"), text, 12, row(no, yes, gap=12), margins=(32, 28, 32, 28))
        self.setLayout(column(None, row(None, frame("card", content), None), None, margins=pad()))

    def deeds(self) -> Deeds:
        return {"collect": self._yes, "back": self.leave}

    def _yes(self) -> None:
        self.leave()
        self._on_yes()
