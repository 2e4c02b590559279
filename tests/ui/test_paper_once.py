"""A double Enter, or a finger that bounces, prints one copy and one report."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from ui.screens import once
from ui.screens.receipts import ReceiptsPage

ENTER, F11 = Qt.Key.Key_Return, Qt.Key.Key_F11
SHIRT = "T001-RED-110"


def sold(counter: Counter) -> None:
    counter.scan(counter.gtin(SHIRT))
    for _ in range(3):
        counter.press(ENTER)


def twice(counter: Counter, key: Qt.Key, text: str = "") -> None:
    """120 ms apart, as a hand does it that is not sure of the first."""
    start = round(counter.shop.scanner.keys.now_ms() + 60)
    for stamp in (start, start + 120):
        counter.raw(key, text, stamp)
        counter.rest()


@pytest.fixture
def copies(selling: Counter) -> list[str]:
    wanted: list[str] = []
    selling.shop.context.receipt_wanted.connect(lambda sale, copy: wanted.append(sale) if copy else None)
    return wanted


def test_a_double_enter_prints_one_copy(selling: Counter, copies: list[str]) -> None:
    sold(selling)
    selling.press(F11)
    twice(selling, ENTER, "\r")
    assert len(copies) == 1


def test_a_double_f11_prints_one_at_most(selling: Counter, copies: list[str]) -> None:
    """F11 opens the list, F11 again prints: but not what nobody has seen (T-13)."""
    sold(selling)
    start = round(selling.shop.scanner.keys.now_ms())
    selling.wait(30)
    for stamp in (start, start + 5):
        selling.raw(F11, "", stamp)
        selling.rest()
    assert isinstance(selling.window.front, ReceiptsPage)
    assert copies == []
    selling.press(F11)
    assert len(copies) == 1


def test_another_slip_right_away_and_the_same_a_moment_later_are_wanted(
    selling: Counter, copies: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sold(selling)
    sold(selling)
    selling.press(F11)
    selling.press(ENTER)
    selling.press(Qt.Key.Key_Down)
    selling.press(ENTER)
    assert len(set(copies)) == 2
    monkeypatch.setattr(once, "DOUBLE_S", 0.0)
    selling.press(ENTER)
    assert len(copies) == 3


def test_a_double_enter_prints_one_report(selling: Counter) -> None:
    wanted: list[object] = []
    selling.shop.context.report_wanted.connect(wanted.append)
    selling.window.go("report")
    twice(selling, ENTER, "\r")
    assert len(wanted) == 1
