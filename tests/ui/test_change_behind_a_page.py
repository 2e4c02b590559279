"""The change stays to be read where a page over it is put away by two Enters in a breath (T-15)."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from tests.ui.test_part_paid_once import breathe
from tests.ui.test_settling_once import paying


@pytest.mark.parametrize("page", ["F1", "F12"])
def test_the_second_enter_does_not_take_it_away(selling: Counter, page: str) -> None:
    """The drawer did not open, F12 opened it, and what goes back to the customer had gone."""
    selling.scan(selling.gtin("A001-RED-110"))
    press(selling, "F9")
    selling.type("300")
    press(selling, "Return")
    sold = paying(selling)
    breathe(selling)
    press(selling, page)
    for _ in range(2):
        press(selling, "Return")
        selling.wait(120)
    assert selling.window.front is sold
    assert sold.side.figure.text() == "41.00"
    breathe(selling)
    press(selling, "Return")
    assert selling.window.pages == []
