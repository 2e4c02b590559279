"""A newcomer or a manager's PIN is refused when its page has gone: that is said where people look now."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_approval import before_payment
from tests.ui.test_late_answers import press, slow_till

ENTER, ESCAPE = Qt.Key.Key_Return, Qt.Key.Key_Escape


def newcomer(selling: Counter) -> None:
    """Whose number is a member's."""
    press(selling, "F3")
    selling.type("13912341234")
    press(selling, "F3")


def wrong_pin(selling: Counter) -> None:
    """A few of them, and no manager can approve anything for a while."""
    before_payment(selling)
    selling.type("4711")


@pytest.mark.parametrize(("begin", "why"), [(newcomer, "王"), (wrong_pin, "PIN")])
def test_the_refusal_is_said(selling: Counter, begin: Callable[[Counter], None], why: str) -> None:
    """There was the tone of a failure alone: the cashier went on as if the member were registered."""
    begin(selling)
    slow = slow_till(selling)
    selling.press(ENTER)
    selling.press(ESCAPE)
    slow.let_through()
    selling.rest()
    assert selling.window.front is selling.sale
    assert why in selling.window.message.text


@pytest.mark.parametrize(("begin", "why"), [(newcomer, "王"), (wrong_pin, "PIN")])
def test_while_the_page_is_there_it_says_so_itself(
    selling: Counter, begin: Callable[[Counter], None], why: str
) -> None:
    begin(selling)
    selling.press(ENTER)
    assert why in " ".join(selling.words(selling.window.front))
    assert not selling.window.message.text
