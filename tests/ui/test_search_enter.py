"""An Enter that waits for the search's answer is about what was typed then, and is gone where no answer came."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from posclient.actions import search
from posclient.errors import DataError
from tests.ui.conftest import Counter
from tests.ui.test_late_answers import failing, slow_reader
from tests.ui.test_search_box import results

ENTER = Qt.Key.Key_Return


def test_a_search_that_failed_sells_nothing_by_itself_later(selling: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter, an error of the disk; then other words are typed, and nobody has pressed Enter on those."""
    with monkeypatch.context() as patch:
        patch.setattr(search, "products", failing(DataError("io_error")))
        selling.type("T001\n")
    assert selling.window.message.kind == "danger"
    for _ in range(4):
        selling.press(Qt.Key.Key_Backspace)
    selling.type("A001")
    selling.bot.waitUntil(lambda: bool(results(selling)))
    assert selling.lines_of_cart() == []


def test_enter_after_a_failure_asks_again(selling: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(search, "products", failing(DataError("io_error")))
        selling.type("T001\n")
    selling.press(ENTER)
    assert [qty for _, qty in selling.lines_of_cart()] == [1]


def test_what_is_typed_behind_an_enter_that_waits_is_not_sold(selling: Counter) -> None:
    slow = slow_reader(selling)
    selling.type("T00\n")
    selling.type("1")
    selling.wait(150)
    slow.let_through()
    selling.rest()
    assert selling.lines_of_cart() == []
