"""A slow till is asked who logs in once: a second answer must not open a till that was locked meanwhile."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press, slow_till


@pytest.mark.parametrize("between", ["Esc", "badge"])
def test_a_till_that_was_locked_stays_locked(counter: Counter, between: str) -> None:
    """Whoever waits types the PIN again, is let in, and locks; the answer to the second PIN opened the window over a
    till at which nobody was logged in.
    """
    slow = slow_till(counter)
    counter.type("1111\n")
    if between == "Esc":
        press(counter, "Esc")
    else:
        counter.scan("BADGE-G1")
    counter.type("1111\n")
    while counter.window.place is counter.window.login:
        slow.waiting.pop(0)()
    press(counter, "Ctrl+L")
    slow.let_through()
    counter.rest()
    assert counter.window.place is counter.window.login
    assert (counter.shop.context.staff, counter.till.staff) == (None, None)


def test_after_a_refusal_another_pin_is_taken(counter: Counter) -> None:
    slow = slow_till(counter)
    counter.type("4711\n")
    press(counter, "Esc")
    slow.let_through()
    counter.type("1111\n")
    slow.let_through()
    assert counter.shop.context.staff is not None
    press(counter, "Ctrl+L")
    slow.let_through()
    counter.type("1111\n")
    slow.let_through()
    assert counter.shop.context.staff is not None
