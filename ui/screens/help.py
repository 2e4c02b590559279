"""F1: every deed that has a key, wherever one stands, and how to scan."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout

from ui.context import Context
from ui.screens.screen import Deeds, Page
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.text import Text

COLUMNS = 2


class HelpPage(Page):
    """``rows``: deed and its key's name, in the order in which the hints show them."""

    name, goes_at_scan = "help", True

    def __init__(self, context: Context, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__(context)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        lines = -(-len(rows) // COLUMNS)
        for place, (deed, cap) in enumerate(rows):
            key = Text(look="key")
            key.put(cap)
            line, half = place % lines, place // lines
            grid.addLayout(row(key, None), line, half * 2)
            grid.addWidget(Text(f"key.{deed}"), line, half * 2 + 1)
            grid.setColumnStretch(half * 2 + 1, 1)
        head = row(Text("help.title", look="title"), None, Button("key.back", "quiet", keycap="Esc", on=self.leave))
        keys = frame("card", column(grid, margins=(24, 20, 24, 20)))
        tips = [Text(f"help.tip{number}", look="muted", wrap=True) for number in range(1, 5)]
        self.setLayout(column(head, 8, keys, 12, *tips, None, gap=6, margins=pad()))

    def deeds(self) -> Deeds:
        return {"back": self.leave, "help": self.leave, "collect": self.leave}
