"""The number of the card terminal's slip is typed; the Enter that follows is the page's again, and no button's."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_part_paid_once import breathe
from tests.ui.test_settling_once import COAT, paying

ENTER, ESC, F3 = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_F3


@pytest.mark.parametrize(("said", "change"), [(ENTER, "141.00"), (ESC, "41.00")])
def test_cash_counts_as_it_is_typed(selling: Counter, said: Qt.Key, change: str) -> None:
    """100 of 259 by card, approved or declined, then 300 in cash: no change was told, and none given."""
    selling.scan(selling.gtin(COAT))
    selling.press(ENTER)
    selling.type("100")
    selling.press(F3)
    page = paying(selling)
    selling.click(page.charge._reference)
    selling.type("778899")
    selling.press(said)
    breathe(selling)
    selling.type("300")
    selling.press(ENTER)
    assert page.finished
    assert page.side.figure.text() == change
    assert selling.store.rows("SELECT tendered FROM payment WHERE tender = 'cash'") == [(30000,)]
