"""Which slips the readiness page asks for: those that should have come out and did not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from posclient.actions import receipts
from posclient.config import PrinterSettings
from tests.ui.conftest import Counter
from tests.ui.test_readiness_page import COAT, ENTER, F1, SHIFT, said, sell
from ui.printing import Printing
from ui.runner import InlineRunner


@pytest.fixture
def broken_printer(selling: Counter) -> Iterator[Counter]:
    """Nothing comes out of it."""
    printing = Printing(selling.shop.context, InlineRunner(None))
    selling.shop.context.change_settings(printer=PrinterSettings(kind="network", host=""))
    yield selling
    printing.deleteLater()


def test_a_slip_that_nobody_wanted_is_not_missing(broken_printer: Counter) -> None:
    """T-2: Ctrl+P settles without a slip: none is asked for afterwards."""
    counter = broken_printer
    counter.scan(counter.gtin(COAT))
    counter.press(ENTER)
    counter.press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    counter.press(ENTER)
    counter.press(F1, SHIFT)
    assert "未上传 1 笔 · ¥259.00" in said(counter)
    assert "小票未打印" not in said(counter)


def test_a_slip_that_was_taken_as_pdf_is_not_missing(broken_printer: Counter) -> None:
    """T-63: and the next one is a copy."""
    counter = broken_printer
    sell(counter)
    counter.press(F1, SHIFT)
    assert "小票未打印 1 张" in said(counter)
    counter.press(Qt.Key.Key_Escape)
    counter.press(Qt.Key.Key_F11)
    counter.click(counter.button("存为 PDF"))
    counter.press(Qt.Key.Key_Escape)
    counter.press(F1, SHIFT)
    assert "小票未打印" not in said(counter)


def test_of_many_slips_the_newest_are_offered_and_the_rest_comes_up(selling: Counter) -> None:
    """T-63: the queue does not stand below twenty of them, and none is out of reach."""
    for _ in range(5):
        sell(selling)
    selling.press(F1, SHIFT)
    assert "小票未打印 5 张" in said(selling)
    assert "另有 2 张更早的" in said(selling)
    prints = [one for one in selling.shown_buttons() if one.text() == "打印"]
    assert len(prints) == 3
    wanted: list[str] = []
    selling.shop.context.receipt_wanted.connect(lambda sale, _copy: wanted.append(sale))
    for _ in range(5):
        selling.click(selling.button("打印"))
        receipts.printed(selling.till, wanted[-1])
        selling.shop.ask_status()
        selling.rest()
    assert len(set(wanted)) == 5
    assert "小票未打印" not in said(selling)
