"""Whoever leaves the login before a slow till has answered is not let in, and not in the stead of the next one."""

from __future__ import annotations

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


def test_who_comes_with_a_badge_is_let_in_and_not_the_one_before(counter: Counter) -> None:
    """They sold in the name of the one who had gone."""
    slow = slow_till(counter)
    counter.type("1111\n")
    counter.scan("BADGE-G2")
    counter.type("2222\n")
    slow.let_through()
    counter.rest()
    assert let_in(counter) == ("G2", "G2")


def test_who_types_on_while_the_one_before_is_refused_keeps_their_digits(counter: Counter) -> None:
    slow = slow_till(counter)
    counter.type("4711\n")
    counter.scan("BADGE-G2")
    counter.type("22")
    slow.let_through()
    counter.type("22\n")
    slow.let_through()
    assert let_in(counter) == ("G2", "G2")
