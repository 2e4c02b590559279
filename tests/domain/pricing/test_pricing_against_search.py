"""Pricing against an exhaustive search over all permitted sets (``oracle``), on random baskets."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posclient.domain.pricing import BadBasket, price, quote_json, read_basket
from tests.domain.pricing.baskets import crowded_basket, many_coupons_basket, overpaid_basket, random_basket
from tests.domain.pricing.oracle import ImpossiblePinError, price_slowly

Object = dict[str, Any]
#: More baskets than a run of all tests has time for, such as 200000.
MANY = int(os.environ.get("POSCLIENT_MANY_BASKETS", "0"))


def check(basket: Object) -> None:
    """Equal to the last key, or both refuse the pins."""
    try:
        expected: Object | None = price_slowly(basket)
    except ImpossiblePinError:
        expected = None
    if expected is None:
        with pytest.raises(BadBasket, match="impossible_pin"):
            price(read_basket(basket))
    else:
        assert quote_json(price(read_basket(basket))) == expected


@settings(max_examples=600)
@given(st.randoms(use_true_random=False))
def test_equals_the_exhaustive_search(random: Random) -> None:
    """T-44: of several coupons the best permitted set, not the first nor the largest."""
    check(random_basket(random))


@pytest.mark.parametrize("kind", ["exchange", "percent_off", "amount_off", None])
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_equals_the_exhaustive_search_with_many_coupons(kind: str | None, seed: int) -> None:
    """T-44: the same where the search has something to leave out."""
    check(crowded_basket(Random(seed), kind))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["exchange", "percent_off", "amount_off", None])
def test_equals_the_exhaustive_search_on_the_same_baskets_each_time(kind: str | None) -> None:
    """T-44: every way through the search, in every run."""
    for seed in range(40):
        check(crowded_basket(Random(seed), kind))


@pytest.mark.slow
def test_equals_the_exhaustive_search_where_nothing_is_left_to_pay() -> None:
    """T-44, T-48: fewest coupons, then smallest face value, then first to expire; never below 0."""
    for seed in range(250):
        check(overpaid_basket(Random(seed)))


@pytest.mark.slow
@pytest.mark.parametrize("overpaid", [False, True])
def test_equals_the_exhaustive_search_with_coupons_enough_for_blocks(overpaid: bool) -> None:
    """T-44: many sets at a time, to the fen what they are one by one; and of equal totals the right one."""
    for seed in range(100):
        check(many_coupons_basket(Random(seed), overpaid))


@pytest.mark.skipif(not MANY, reason="set POSCLIENT_MANY_BASKETS to a number of baskets")
def test_equals_the_exhaustive_search_on_very_many() -> None:
    """T-44: the long run."""
    for seed in range(MANY):
        check(random_basket(Random(seed)))
        if seed % 10 == 0:
            check(crowded_basket(Random(seed), None))
            check(many_coupons_basket(Random(seed), seed % 20 == 0))
