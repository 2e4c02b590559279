"""Enter twice in a breath on a button that Tab has chosen and that goes away: it was for that button alone (T-15)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from posclient.db import sales
from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from tests.ui.test_settling_once import paying
from ui.screens.payment import PaymentPage

ENTER, TAB = Qt.Key.Key_Return, Qt.Key.Key_Tab
#: Longer than a breath (ms).
LATER = 700


def paid_by(counter: Counter) -> list[str]:
    """The tenders of all that was sold."""
    return [one.tender for sale in sales.recent(counter.till.db, 9) for one in sale.payments]


@pytest.fixture
def page(selling: Counter) -> PaymentPage:
    """A coat is to be paid, and Tab has gone to the card."""
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(ENTER)
    page = paying(selling)
    card = selling.button("刷卡")
    for _ in range(40):
        selling.press(TAB)
        if QApplication.focusWidget() is card:
            return page
    pytest.fail("Tab never reaches the card")


def test_a_card_is_not_answered_for_by_the_enter_that_chose_it(selling: Counter, page: PaymentPage) -> None:
    """The button that says "approved" had the keys next: the coat was sold, and no card was charged."""
    for _ in range(2):
        selling.press(ENTER)
        selling.wait(120)
    assert page.charge_pending
    assert paid_by(selling) == []


def test_what_comes_after_a_breath_is_the_answer(selling: Counter, page: PaymentPage) -> None:
    selling.press(ENTER)
    selling.wait(LATER)
    selling.press(ENTER)
    assert paid_by(selling) == ["card"]


def test_a_key_between_the_two_is_no_bounce(selling: Counter, page: PaymentPage) -> None:
    """Whoever says "declined" at once and collects the rest in cash means both."""
    selling.press(ENTER)
    press(selling, "Esc")
    assert not page.charge_pending
    selling.wait(LATER)
    selling.press(ENTER)
    assert paid_by(selling) == ["cash"]
