"""What did not print says how to get it: a slip by F11, the report from its own page, the drawer not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from posclient.config import PrinterSettings
from tests.ui.conftest import Counter
from tests.ui.test_late_answers import hear
from ui.context import Message
from ui.printing import Printing
from ui.runner import InlineRunner

ENTER = Qt.Key.Key_Return
OFF = PrinterSettings(kind="network", host="127.0.0.1", port=1)


@pytest.fixture
def off(selling: Counter) -> Iterator[Counter]:
    """The printer has no power."""
    printing = Printing(selling.shop.context, InlineRunner(None))
    selling.shop.context.change_settings(printer=OFF)
    yield selling
    printing.deleteLater()


def last(heard: list[Message]) -> Message:
    assert heard, "nothing was said"
    return heard[-1]


def test_a_slip_that_failed_is_printed_again_by_f11(off: Counter) -> None:
    heard = hear(off)
    off.scan(off.gtin("A001-RED-110"))
    off.press(ENTER)
    off.press(ENTER)
    assert last(heard).kind == "warning"
    assert "F11" in last(heard).text


def test_a_report_that_failed_is_printed_again_from_its_page(off: Counter) -> None:
    """F11 would print the last receipt instead."""
    off.press(Qt.Key.Key_Escape)
    off.shop.context.show_staff(None)
    off.log_in("9999")
    off.window.go("report")
    heard = hear(off)
    off.press(ENTER)
    assert last(heard).kind == "warning"
    assert "F11" not in last(heard).text
    assert "Enter" in last(heard).text


def test_a_drawer_that_stays_shut_offers_no_slip(off: Counter) -> None:
    heard = hear(off)
    off.press(Qt.Key.Key_F12)
    off.press(ENTER)
    assert last(heard).kind == "warning"
    assert "F11" not in last(heard).text


def test_a_drawer_without_a_printer_is_told(off: Counter) -> None:
    """The audit says that it was opened; whoever stands before it hears why it was not."""
    off.shop.context.change_settings(printer=PrinterSettings(kind="none"))
    heard = hear(off)
    off.press(Qt.Key.Key_F12)
    off.press(ENTER)
    assert last(heard).kind == "warning"


def test_a_sale_in_cash_without_a_printer_says_nothing_of_a_drawer(off: Counter) -> None:
    off.shop.context.change_settings(printer=PrinterSettings(kind="none"))
    heard = hear(off)
    off.scan(off.gtin("A001-RED-110"))
    off.press(ENTER)
    off.press(ENTER)
    assert [one.text for one in heard if one.kind == "warning"] == []
