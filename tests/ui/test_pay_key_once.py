"""Pay reacts once: the double of the key that opens payment settles nothing (T-15)."""

from __future__ import annotations

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from tests.ui.test_part_paid_once import breathe
from tests.ui.test_settling_once import COAT, paying, sales


def test_the_second_f9_does_not_pay(selling: Counter) -> None:
    """The sale was settled in cash that nobody had given, and cannot be taken back."""
    selling.scan(selling.gtin(COAT))
    for _ in range(2):
        press(selling, "F9")
        selling.wait(120)
    assert not paying(selling).finished
    assert sales(selling) == 0
    breathe(selling)
    press(selling, "F9")
    assert sales(selling) == 1


def test_enter_twice_collects_all_the_same(selling: Counter) -> None:
    """T-40: scan, Enter, Enter."""
    selling.scan(selling.gtin(COAT))
    for _ in range(2):
        press(selling, "Return")
    assert sales(selling) == 1


def test_enter_collects_right_behind_f9(selling: Counter) -> None:
    selling.scan(selling.gtin(COAT))
    press(selling, "F9")
    press(selling, "Return")
    assert sales(selling) == 1
