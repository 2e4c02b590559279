"""Whole fen out of exact fractions, and the sums that every quote must keep."""

from __future__ import annotations

import os
from fractions import Fraction
from math import floor
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posclient.domain.pricing import Quote, price, read_basket
from posclient.domain.pricing.shares import Held, add_up, allot, allot_mixed, half_up, share
from tests.domain.pricing.baskets import random_basket
from tests.domain.pricing.pricing_words import line, quote_of, taken

#: More baskets than a run of all tests has time for, such as 1000000.
MANY = int(os.environ.get("POSCLIENT_MANY_CARTS", "0"))


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.integers(1, 10**6))
def test_allotted_fen_are_the_rounded_sum(nums: list[int], den: int) -> None:
    """T-58: no fen appears or vanishes; each line gives its floor or one more."""
    given_ = allot(nums, den)
    assert sum(given_) == floor(Fraction(sum(nums), den) + Fraction(1, 2))
    assert all(0 <= fen - num // den <= 1 for fen, num in zip(given_, nums, strict=True))
    assert allot_mixed([(num, den) for num in nums]) == given_


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**4)), min_size=1, max_size=30))
def test_allotted_fen_of_mixed_fractions(parts: list[tuple[int, int]]) -> None:
    """T-58: the same with a denominator to each line; nobody gives more than their fraction rounded up."""
    exact = [Fraction(*part) for part in parts]
    given_ = allot_mixed(parts)
    assert sum(given_) == floor(sum(exact, Fraction(0)) + Fraction(1, 2))
    assert all(floor(one) <= fen <= -floor(-one) for fen, one in zip(given_, exact, strict=True))
    missed = [one - floor(one) for fen, one in zip(given_, exact, strict=True) if fen == floor(one)]
    got = [one - floor(one) for fen, one in zip(given_, exact, strict=True) if fen > floor(one)]
    assert not missed or not got or max(missed) <= min(got)
    assert Fraction(*add_up(parts)) == sum(exact)


def test_largest_remainder_then_line_order() -> None:
    assert allot([14, 16, 14, 16], 10) == [1, 2, 1, 2]
    assert allot([15, 15, 15], 10) == [2, 2, 1]
    assert allot_mixed([(1, 2), (2, 4), (1, 3)]) == [1, 0, 0]


@pytest.mark.parametrize(
    ("num", "den", "fen"), [(0, 7, 0), (1, 2, 1), (149, 100, 1), (3, 2, 2), (10**18 + 1, 2, 5 * 10**17 + 1)]
)
def test_half_is_rounded_up(num: int, den: int, fen: int) -> None:
    assert half_up(num, den) == fen


def test_nothing_is_shared_of_nothing() -> None:
    assert share(Held([0, 0], [1, 1]), 0) == [0, 0]


def check_sums(quote: Quote, quantities: dict[str, int]) -> None:
    for one in quote.lines:
        assert one.gross == one.unit_price * quantities[one.id]
        assert 0 <= one.net == one.gross - sum(discount.amount for discount in one.discounts)
        assert all(discount.amount > 0 for discount in one.discounts)
    assert quote.total == sum(one.net for one in quote.lines)
    assert quote.gross == sum(one.gross for one in quote.lines)


@settings(max_examples=300)
@given(st.randoms(use_true_random=False))
def test_lines_and_total_agree(random: Random) -> None:
    """T-58, T-48: what the discounts of the lines say is what the total says; nothing below 0, no float anywhere."""
    basket = random_basket(random)
    for coupon in basket["coupons"]:
        coupon.pop("pinned", None)
    quote = price(read_basket(basket))
    check_sums(quote, {one["id"]: one["qty"] for one in basket["lines"]})
    assert type(quote.total) is int


@pytest.mark.skipif(not MANY, reason="set POSCLIENT_MANY_CARTS to a number of carts")
def test_lines_and_total_agree_in_very_many_carts() -> None:
    """T-58: the long run."""
    for seed in range(MANY):
        basket = random_basket(Random(seed))
        for coupon in basket["coupons"]:
            coupon.pop("pinned", None)
        check_sums(price(read_basket(basket)), {one["id"]: one["qty"] for one in basket["lines"]})


def test_a_hundred_percent_leaves_nothing() -> None:
    """T-58: 100 % off once left 0.01 to pay."""
    lines = [line(3333), line(1), line(9999, qty=7)]
    assert quote_of(*lines, manual_discounts=[{"kind": "percent_off", "bp": 10000}]).total == 0
    assert quote_of(*lines, coupons=[{"kind": "percent_off", "bp": 10000}]).total == 0
    assert quote_of(*lines, promotions=[{"kind": "percent_off", "bp": 10000}]).total == 0


def test_manual_discounts_in_the_order_given_on_what_is_left() -> None:
    quote = quote_of(
        line(1000), line(500),
        manual_discounts=[
            {"id": "z", "kind": "percent_off", "bp": 1000},
            {"id": "a", "kind": "amount_off", "amount": 9999, "lines": ["2"], "reason": "stain"},
        ],
    )  # fmt: skip
    assert (taken(quote, "manual:z"), taken(quote, "manual:a")) == ([100, 50], [0, 450])


def test_ties_between_named_lines_go_in_line_order() -> None:
    halves = {"kind": "percent_off", "bp": 5000, "lines": ["2", "1"]}
    assert taken(quote_of(line(1), line(1), manual_discounts=[halves])) == [1, 0]
