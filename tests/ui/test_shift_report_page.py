"""The shift report in the real window: who finds it, which day it shows, and that paper says what the screen says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from posclient.actions import shift_report
from posclient.config import PrinterSettings
from tests.actions.test_shift_report import COAT, SHIRT, TODAY, sell
from tests.ui.conftest import Counter
from ui.context import Message
from ui.printing import Printing
from ui.runner import InlineRunner
from ui.screens.help import HelpPage
from ui.screens.report import ReportScreen
from ui.screens.sale import SaleScreen
from ui.widgets.bar import Bar

SHIFT = Qt.KeyboardModifier.ShiftModifier
ENTER, ESCAPE, F11 = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_F11


def report(counter: Counter) -> ReportScreen:
    """The report, which must be in front."""
    front = counter.window.front
    assert isinstance(front, ReportScreen)
    return front


def said(counter: Counter) -> str:
    return " ".join(counter.words(report(counter)))


def hear(counter: Counter) -> list[Message]:
    """Every message from now on."""
    heard: list[Message] = []
    counter.shop.context.said.connect(lambda one: heard.append(one) if one is not None else None)
    return heard


def day(counter: Counter) -> str:
    return report(counter)._date.text()


@pytest.fixture
def reading(selling: Counter) -> Counter:
    """Two days with sales, four days apart, and the report of the second on screen."""
    sell(selling.till, (SHIRT, 2))
    selling.store.clock.forward(days=4)
    sell(selling.till, (COAT, 1))
    selling.press(F11, SHIFT)
    return selling


def test_the_figures_of_today_stand_on_screen(reading: Counter) -> None:
    """C9: net, tenders, guides, what is unsent, and the head of the chain."""
    found = shift_report.reading(reading.till)
    words = said(reading)
    for text in ("¥259.00", "现金", "500.00", "林", "未上传", found.head.printed, "第 2 条"):
        assert text in words
    assert day(reading) == "2026-11-25"
    assert len(report(reading).findChildren(Bar)) == 1


def test_days_are_walked_by_arrows_and_pages(reading: Counter) -> None:
    for key, wanted in (
        (Qt.Key.Key_Left, "2026-11-24"), (Qt.Key.Key_Right, "2026-11-25"), (Qt.Key.Key_Right, "2026-11-25"),
        (Qt.Key.Key_PageUp, "2026-11-21"), (Qt.Key.Key_PageUp, "2026-11-21"), (Qt.Key.Key_Left, "2026-11-20"),
        (Qt.Key.Key_PageDown, "2026-11-21"), (Qt.Key.Key_Home, "2026-11-25"),
    ):  # fmt: skip
        reading.press(key)
        assert day(reading) == wanted
    reading.press(Qt.Key.Key_Left)
    assert "本日没有销售" in said(reading)
    assert "¥0.00" in said(reading)


def test_days_are_walked_by_touch(reading: Counter) -> None:
    arrows = [one for one in reading.shown_buttons() if not one.text() and one.window() is reading.window.window()]
    reading.click(arrows[0])
    assert day(reading) == "2026-11-24"
    reading.click(report(reading)._later)
    assert day(reading) == "2026-11-25"
    assert not report(reading)._later.isEnabled(), "tomorrow has not come"
    reading.click(arrows[0])
    reading.click(reading.button("今天"))
    assert day(reading) == "2026-11-25"


def test_a_date_is_typed(reading: Counter) -> None:
    reading.type("2026-11-21\n")
    assert "¥118.00" in said(reading)
    assert report(reading).hasFocus()
    reading.type("2026-11-99\n")
    assert report(reading)._date.property("wrong")
    reading.press(ESCAPE)
    assert (day(reading), report(reading)._date.property("wrong")) == ("2026-11-21", False)
    reading.press(Qt.Key.Key_F2)
    report(reading)._date.clear()
    reading.type("20261201\n")
    assert "¥118.00" in said(reading), "a day that has not come leaves what is shown"
    assert reading.window.message.isVisible()
    assert report(reading)._date.property("wrong")


def test_a_letter_does_not_begin_a_date_and_a_scan_goes_into_the_cart(reading: Counter) -> None:
    """T-28: the report takes no code."""
    reading.type("x")
    assert day(reading) == "2026-11-25"
    reading.scan(reading.gtin(SHIRT))
    assert reading.lines() == [("红T恤", "1")], "the sale is shown"
    reading.window.go("report")
    assert day(reading) == "2026-11-25"


def test_what_is_sold_and_sent_meanwhile_is_shown(reading: Counter) -> None:
    sell(reading.till, (SHIRT, 1))
    reading.store.rows("UPDATE outbox SET acked_ms = 1")
    reading.shop.ask_status()
    reading.rest()
    assert "¥318.00" in said(reading)
    assert "x 0 0.00" in said(reading)


def test_nothing_is_built_anew_while_nothing_changes(reading: Counter) -> None:
    """ux.md: nothing moves. The clock goes on, the figures stay where they are."""
    bars = report(reading).findChildren(Bar)
    reading.store.clock.forward(seconds=5)
    reading.shop.ask_status()
    reading.rest()
    assert report(reading).findChildren(Bar) == bars


def test_it_is_printed_as_it_is_at_that_moment(reading: Counter, tmp_path: Path) -> None:
    """C9, C10: on the receipt printer, with the head of the chain."""
    context = reading.shop.context
    context.change_settings(printer=PrinterSettings(kind="file", path=str(tmp_path / "paper"), width=58))
    printing, heard = Printing(context, InlineRunner(None)), hear(reading)
    sell(reading.till, (SHIRT, 1))
    reading.press(ENTER)
    (slip,) = (tmp_path / "paper").iterdir()
    data = slip.read_bytes()
    assert "班次报表".encode("gb18030") in data
    assert b"318.00" in data
    assert shift_report.reading(reading.till).head.printed.encode() in data
    assert slip.name.startswith("X-T1-20261125-")
    assert [one.kind for one in heard] == ["good"]
    printing.deleteLater()


def test_without_a_printer_it_says_what_to_do(reading: Counter) -> None:
    context = reading.shop.context
    context.change_settings(printer=PrinterSettings(kind="none"))
    printing, heard = Printing(context, InlineRunner(None)), hear(reading)
    reading.click(reading.button("打印"))
    assert [(one.kind, "PDF" in one.text) for one in heard] == [("warning", True)]
    printing.deleteLater()


def test_the_same_as_pdf(reading: Counter) -> None:
    reading.press(Qt.Key.Key_PageUp)
    reading.click(reading.button("存为 PDF"))
    (file,) = (reading.store.folder / "receipts").glob("X-T1-20261121-*.pdf")
    assert file.read_bytes().startswith(b"%PDF-")


def test_a_folder_that_takes_no_pdf_is_said(reading: Counter) -> None:
    (reading.store.folder / "receipts").write_text("in the way")
    heard = hear(reading)
    reading.click(reading.button("存为 PDF"))
    assert [one.kind for one in heard] == ["danger"]


def test_whoever_is_no_cashier_finds_no_report(counter: Counter) -> None:
    """The key does nothing and the rail has no such place; the next one who may has it again."""
    counter.log_in("2222")
    rail = counter.window.rail._places["report"]
    counter.press(F11, SHIFT)
    assert isinstance(counter.window.front, SaleScreen)
    assert (rail.isVisible(), "report" in counter.window.deeds()) == (False, False)
    counter.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    counter.log_in("3333")
    counter.click(rail)
    assert isinstance(counter.window.front, ReportScreen)
    counter.press(ESCAPE)
    assert isinstance(counter.window.front, SaleScreen)


def test_its_key_is_among_the_keys(selling: Counter) -> None:
    selling.press(Qt.Key.Key_F1)
    front = selling.window.front
    assert isinstance(front, HelpPage)
    assert "班次报表" in selling.words(front)
    assert "⇧F11" in selling.words(front)


def test_another_language_at_once(reading: Counter) -> None:
    """ux.md: switchable while running; names of guides stay data (S-7)."""
    reading.shop.context.change_settings(language="en")
    reading.rest()
    words = said(reading)
    assert "Shift report (X)" in words
    assert "Paid in all" in words
    assert reading.rich_labels() == []


def test_the_day_at_the_till_is_the_one_that_is_shown(selling: Counter) -> None:
    selling.store.clock.at = selling.store.clock.at.replace(hour=23, minute=59)
    sell(selling.till, (SHIRT, 1))
    selling.press(F11, SHIFT)
    assert day(selling) == TODAY.isoformat()
    selling.store.clock.forward(minutes=2)
    selling.shop.ask_status()
    assert day(selling) == (TODAY + timedelta(days=1)).isoformat(), "another shift has begun"
