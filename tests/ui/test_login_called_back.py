"""Whoever leaves the login before a slow till has answered is not let in, and not in the stead of the next one."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press, slow_till


def let_in(counter: Counter) -> tuple[str, str]:
    """Who is logged in, as the window and as the till has it."""
    window, till = counter.shop.context.staff, counter.till.staff
    return (window.id if window else "", till.id if till else "")


def test_esc_calls_a_pin_back(counter: Counter) -> None:
    """Whoever pressed Esc and went left the till open in their name."""
    slow = slow_till(counter)
    counter.type("1111\n")
    press(counter, "Esc")
    slow.let_through()
    counter.rest()
    assert counter.window.place is counter.window.login
    assert let_in(counter) == ("", "")
    counter.type("1111\n")
    slow.let_through()
    assert let_in(counter) == ("G1", "G1")


@pytest.mark.parametrize(("before", "early", "late"), [("1111", "2222\n", ""), ("4711", "22", "22\n")])
def test_who_comes_with_a_badge_is_let_in_and_not_the_one_before(
    counter: Counter, before: str, early: str, late: str
) -> None:
    """They sold in the name of the one who had gone; where that one is refused meanwhile, the new one's digits stay."""
    slow = slow_till(counter)
    counter.type(f"{before}\n")
    counter.scan("BADGE-G2")
    counter.type(early)
    slow.let_through()
    counter.type(late)
    slow.let_through()
    counter.rest()
    assert let_in(counter) == ("G2", "G2")
