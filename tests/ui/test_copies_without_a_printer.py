"""A copy that no printer prints is not said to be on its way."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter

ENTER = Qt.Key.Key_Return


def test_without_a_printer_a_copy_says_what_to_do_instead(selling: Counter) -> None:
    context = selling.shop.context
    context.change_settings(printer=replace(context.settings.printer, kind="none"))
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(ENTER)
    selling.press(ENTER)
    selling.press(Qt.Key.Key_Escape)
    selling.press(Qt.Key.Key_F11)
    selling.press(ENTER)
    assert "没有打印机" in selling.window.message.text
