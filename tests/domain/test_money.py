"""Money is an int of fen; text becomes money by one strict rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posclient.domain.money import MOST, parse_yuan, quick_amounts, round_cash, yuan
from posclient.domain.points import earned_points
from posclient.errors import InputError


@pytest.mark.parametrize(("text", "fen"), [("0", 0), ("12.5", 1250), ("12.50", 1250), (" 0.05 ", 5), ("0.1", 10)])
def test_yuan_become_fen_exactly(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".5",
        "1.",
        "1.234",
        "-1",
        "1e3",
        "1e309",
        "NaN",
        "inf",
        "１２",
        "١٢",
        "1,000",
        "12345678901",
        "9999999999.99",
    ],
)
def test_what_is_no_amount(text: str) -> None:
    """S-5: 1e309, NaN, full-width and Arabic digits, more than any till takes."""
    with pytest.raises(InputError, match="amount"):
        parse_yuan(text)


@given(st.integers(0, MOST))
def test_text_and_money_are_each_others_inverse(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == fen


def test_negative_money_is_shown_with_its_sign() -> None:
    assert (yuan(-5), yuan(-12345), yuan(0)) == ("-0.05", "-123.45", "0.00")


@given(st.integers(-(10**6), 10**9), st.sampled_from([1, 10, 100]))
def test_rounding_only_ever_takes_away_less_than_its_unit(left: int, unit: int) -> None:
    taken = round_cash(left, unit)
    assert 0 <= taken < unit
    assert (left - taken) % unit == 0 or left <= 0


@given(st.integers(0, 10**6))
def test_quick_amounts_are_more_than_is_due(left: int) -> None:
    amounts = quick_amounts(left)
    assert len(amounts) <= 4
    assert list(amounts) == sorted(set(amounts))
    assert all(amount > left for amount in amounts)


def test_quick_amounts_as_a_customer_would_hand_them_over() -> None:
    assert quick_amounts(6350) == (6500, 7000, 8000, 10000)
    assert quick_amounts(10000) == ()


def test_points_are_rounded_down() -> None:
    """T-49."""
    assert [earned_points(fen, 1) for fen in (0, 99, 100, 22850)] == [0, 0, 1, 228]
    assert earned_points(22850, 2) == 457
