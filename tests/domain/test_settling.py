"""Payments, change and rounding: due = payments + rounding, whatever is tendered in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posclient.domain.settling import make_payment, rounding_taken, still_open
from posclient.domain.tenders import Payment
from posclient.errors import InputError, Refused

UNITS = st.sampled_from([1, 10, 100])


def test_cash_for_exactly_what_is_open_is_rounded_down() -> None:
    """T-59: what the screen asks for, 42.50 -> 42.00, is what the ledger holds, and the 0.50 is a row of its own."""
    payment = make_payment("p", "cash", None, 4250, (), 100)
    assert (payment.amount, payment.tendered, payment.change) == (4200, 4200, 0)
    assert rounding_taken(4250, (payment,), 100) == 50
    assert still_open(4250, (payment,), 100) == 0


def test_change_is_given_from_the_rounded_amount() -> None:
    payment = make_payment("p", "cash", 5000, 4255, (), 10)
    assert (payment.amount, payment.change) == (4250, 750)


def test_a_part_in_cash_rounds_nothing() -> None:
    payment = make_payment("p", "cash", 2000, 4255, (), 10)
    assert (payment.amount, payment.change) == (2000, 0)
    assert still_open(4255, (payment,), 10) == 2255


def test_a_card_after_cash_pays_the_odd_fen_too() -> None:
    cash = make_payment("p", "cash", 2000, 4255, (), 100)
    card = make_payment("q", "card", None, 4255, (cash,), 100)
    assert card.amount == 2255
    assert rounding_taken(4255, (cash, card), 100) == 0


def test_odd_fen_left_by_a_card_need_no_coin() -> None:
    card = Payment("c", "card", 4250, 4250)
    payment = make_payment("p", "cash", None, 4255, (card,), 10)
    assert (payment.amount, payment.tendered) == (0, 0)
    assert still_open(4255, (card, payment), 10) == 0


@pytest.mark.parametrize("tendered", [-1, 0, 10**18])
def test_nonsense_amounts_are_refused(tendered: int) -> None:
    """S-5: 10^18 fen in cash is a slip of the finger or an attack, never a payment."""
    with pytest.raises(InputError, match="tendered"):
        make_payment("p", "cash", tendered, 100, (), 1)


def test_an_unknown_tender_is_bad_input() -> None:
    with pytest.raises(InputError, match="unknown_tender"):
        make_payment("p", "shells", None, 100, (), 1)


def test_a_card_gives_no_change() -> None:
    with pytest.raises(InputError, match="tendered"):
        make_payment("p", "card", 101, 100, (), 1)


def test_nothing_more_is_taken_than_is_due() -> None:
    paid = make_payment("p", "cash", None, 100, (), 1)
    with pytest.raises(Refused, match="nothing_due"):
        make_payment("q", "cash", None, 100, (paid,), 1)


@given(
    total=st.integers(1, 10**7),
    unit=UNITS,
    parts=st.lists(st.tuples(st.sampled_from(["cash", "card"]), st.integers(1, 10**6)), max_size=6),
    last=st.sampled_from(["cash", "card"]),
)
def test_due_is_payments_and_rounding(total: int, unit: int, parts: list[tuple[str, int]], last: str) -> None:
    """T-58: no fen is ever left open or paid twice, however many tenders a sale has."""
    payments: tuple[Payment, ...] = ()
    for number, (kind, amount) in enumerate(parts):
        left = still_open(total, payments, unit)
        if left == 0:
            break
        given_now = amount if kind == "cash" else min(amount, left)
        payments += (make_payment(str(number), kind, given_now, total, payments, unit),)
    if still_open(total, payments, unit):
        payments += (make_payment("last", last, None, total, payments, unit),)
    rounding = rounding_taken(total, payments, unit)
    assert still_open(total, payments, unit) == 0
    assert sum(payment.amount for payment in payments) + rounding == total
    assert 0 <= rounding < unit
    assert rounding == 0 or payments[-1].tender == "cash"
    assert all(payment.change >= 0 for payment in payments)
