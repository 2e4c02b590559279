"""The report shows the day that was asked for until somebody asks for another, also where a page lay over it."""

from __future__ import annotations

import pytest

from posclient.config import PrinterSettings
from tests.actions.test_shift_report import COAT, SHIRT, sell
from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from tests.ui.test_shift_report_page import day, said
from ui.printing import Printing
from ui.runner import InlineRunner


@pytest.fixture
def of_the_first(selling: Counter) -> Counter:
    """Two days with sales, four days apart, and the report of the first on screen."""
    sell(selling.till, (SHIRT, 2))
    selling.store.clock.forward(days=4)
    sell(selling.till, (COAT, 1))
    press(selling, "Shift+F11")
    press(selling, "PgUp")
    assert day(selling) == "2026-11-21"
    return selling


@pytest.mark.parametrize("page", ["F1", "F11", "F12", "Shift+F1"])
def test_a_page_that_has_gone_leaves_the_day(of_the_first: Counter, page: str) -> None:
    """It was today's, and so was what came out of the printer."""
    shop = of_the_first.shop
    shop.context.change_settings(printer=PrinterSettings("file"))
    printing = Printing(shop.context, InlineRunner(None))
    press(of_the_first, page)
    press(of_the_first, "Esc")
    assert day(of_the_first) == "2026-11-21"
    assert "¥118.00" in said(of_the_first)
    press(of_the_first, "Return")
    (slip,) = (of_the_first.store.folder / "receipts").iterdir()
    assert b"2026-11-21" in slip.read_bytes()
    printing.deleteLater()


def test_whoever_comes_back_begins_today(of_the_first: Counter) -> None:
    press(of_the_first, "Esc")
    press(of_the_first, "Shift+F11")
    assert day(of_the_first) == "2026-11-25"
