"""The list of receipts by touch alone: to look at a slip prints none."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from tests.ui.conftest import Counter
from ui.screens.receipts import ReceiptsPage
from ui.widgets.choices import ROW

ENTER = Qt.Key.Key_Return


def test_a_touch_on_a_receipt_shows_it_and_prints_nothing(selling: Counter) -> None:
    """Whoever wanted an older slip as PDF, or only looked for it, got a copy on paper for each row they touched."""
    for sku in ("A001-RED-110", "T001-RED-110"):
        selling.scan(selling.gtin(sku))
        selling.press(ENTER)
        selling.press(ENTER)
        selling.press(ENTER)
    wanted: list[tuple[str, bool]] = []
    selling.shop.context.receipt_wanted.connect(lambda sale, copy: wanted.append((sale, copy)))
    selling.press(Qt.Key.Key_F11)
    page = selling.window.front
    assert isinstance(page, ReceiptsPage)
    older = page._choices.ids()[1]
    selling.click(page._choices, QPoint(40, ROW + ROW // 2))
    assert (page._shown, wanted) == (older, [])
    selling.click(selling.button("补打（副本）"))
    assert wanted == [(older, True)]
