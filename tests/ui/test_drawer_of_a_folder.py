"""Slips that go into a folder, as on a till that nobody has set up yet: no drawer hangs on that."""

from __future__ import annotations

from PySide6.QtCore import Qt

from posclient.config import PrinterSettings
from tests.ui.conftest import Counter
from tests.ui.test_late_answers import hear
from ui.printing import Printing
from ui.runner import InlineRunner

ENTER = Qt.Key.Key_Return


def test_cash_leaves_one_file_a_slip_and_none_a_drawer(selling: Counter) -> None:
    """Each pulse was a file with a number, found by trying all numbers before: more with each sale, for ever."""
    printing = Printing(selling.shop.context, InlineRunner(None))
    assert selling.shop.context.settings.printer == PrinterSettings(), "what a new till has"
    for _ in range(2):
        selling.scan(selling.gtin("A001-RED-110"))
        for _ in range(3):
            selling.press(ENTER)
    names = sorted(path.name for path in (selling.store.folder / "receipts").iterdir())
    assert names == ["S001-1-20261121-000001.bin", "S001-1-20261121-000002.bin"]
    printing.deleteLater()


def test_f12_says_that_there_is_none(selling: Counter) -> None:
    printing, heard = Printing(selling.shop.context, InlineRunner(None)), hear(selling)
    selling.press(Qt.Key.Key_F12)
    selling.press(ENTER)
    assert [one.kind for one in heard] == ["warning"]
    printing.deleteLater()
