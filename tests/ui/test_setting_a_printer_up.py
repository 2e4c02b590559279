"""T-64: some printers want GBK, some GB18030, some UTF-8: whoever sets one up finds out without a sale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from posclient.config import load_settings
from tests.ui.conftest import Counter
from ui.printing import Printing
from ui.runner import InlineRunner


@pytest.fixture
def setting_up(selling: Counter) -> Iterator[Counter]:
    """At the settings, with a printer that is a folder."""
    printing = Printing(selling.shop.context, InlineRunner(None))
    selling.press(Qt.Key.Key_F10)
    yield selling
    printing.deleteLater()


def slips(counter: Counter) -> list[Path]:
    """What came out."""
    return sorted((counter.store.folder / "receipts").glob("*"))


def test_a_test_slip_shows_whether_the_encoding_is_right(setting_up: Counter) -> None:
    """The encoding could be set in the file alone, which nobody was told, and the slip that shows it was printed by
    nothing.
    """
    setting_up.click(setting_up.button("打印"))
    assert "中文" in setting_up.window.message.text
    (first,) = slips(setting_up)
    assert "款式".encode("gb18030") in first.read_bytes()
    setting_up.click(setting_up.button("UTF-8"))
    setting_up.click(setting_up.button("打印"))
    assert any("款式".encode() in path.read_bytes() for path in slips(setting_up))
    assert load_settings(setting_up.store.folder).printer.encoding == "utf-8"


def test_without_a_printer_there_is_nothing_to_test(setting_up: Counter) -> None:
    setting_up.click(setting_up.button("不打印"))
    assert not setting_up.button("打印").isEnabled()


def test_an_address_that_was_just_typed_is_the_one_that_is_tried(setting_up: Counter, tmp_path: Path) -> None:
    """A touch on the button takes no focus, so the field has not been left yet."""
    (field,) = [one for one in setting_up.window.findChildren(QLineEdit) if one.isVisible()]
    field.setFocus()
    field.setText(str(tmp_path / "paper"))
    setting_up.click(setting_up.button("打印"))
    assert len(list((tmp_path / "paper").iterdir())) == 1
    assert slips(setting_up) == []
