"""exchange, percent_off, amount_off: what each takes off, and the groups that it leaves behind."""

from __future__ import annotations

import pytest

from posclient.domain.pricing import GroupUnits
from tests.domain.pricing.pricing_words import line, quote_of, reasons, taken


def test_exchange_takes_the_dearest_unit_down_to_a_price() -> None:
    quote = quote_of(line(500, qty=2), line(900), line(900), coupons=[{"kind": "exchange", "price": 99}])
    assert taken(quote) == [0, 801, 0]
    assert quote.groups == (GroupUnits("coupon:K1", 1, (("2", 1, 801),)),)


def test_exchange_of_one_of_several_units_rounds_half_up() -> None:
    promotions = [{"kind": "spend_save", "steps": [{"spend": 1, "save": 1}]}]
    quote = quote_of(line(100, qty=2), promotions=promotions, coupons=[{"kind": "exchange", "price": 0}])
    assert taken(quote, "coupon:K1") == [100]  # 199 / 2 = 99.5


def test_exchange_raises_nothing() -> None:
    quote = quote_of(line(98), coupons=[{"kind": "exchange", "price": 99}])
    assert (quote.total, reasons(quote), quote.groups) == (98, {"K1": "no_effect"}, ())


def test_a_second_exchange_takes_the_next_unit() -> None:
    coupon = {"kind": "exchange", "price": 10}
    assert taken(quote_of(line(300), line(200), line(100), coupons=[{**coupon}, {**coupon}])) == [290, 190, 0]


@pytest.mark.parametrize(("cap", "total"), [(None, 9000), (999, 9001), (1000, 9000), (1001, 9000), (0, 10000)])
def test_percent_off_up_to_its_cap(cap: int | None, total: int) -> None:
    assert quote_of(line(10000), coupons=[{"kind": "percent_off", "bp": 1000, "cap": cap}]).total == total


def test_a_cap_is_shared_in_proportion_to_net() -> None:
    quote = quote_of(line(100), line(200), line(400), coupons=[{"kind": "percent_off", "bp": 9000, "cap": 10}])
    assert taken(quote) == [1, 3, 6]  # 1.43 2.86 5.71


def test_amount_off_at_most_the_spend() -> None:
    quote = quote_of(line(300, "a"), line(200), coupons=[{"kind": "amount_off", "amount": 500, "include": ["a"]}])
    assert (taken(quote), quote.groups) == ([300, 0], ())


def test_order_of_kinds_then_ids() -> None:
    coupons = [
        {"id": "1", "kind": "amount_off", "amount": 100},
        {"id": "2", "kind": "percent_off", "bp": 1000},
        {"id": "3", "kind": "exchange", "price": 0},
        {"id": "0", "kind": "percent_off", "bp": 5000},
    ]
    quote = quote_of(line(1000), line(2000), coupons=coupons, max_coupons=4)
    assert quote.used == ("3", "0", "2", "1")
    assert [one.amount for one in quote.lines[0].discounts] == [500, 50, 100]


def test_without_promotions_means_no_line_that_any_promotion_touched() -> None:
    """Stacking or not, and a manual price counts as touched."""
    promotion = {"kind": "percent_off", "bp": 1000, "stack": True, "include": ["a"]}
    coupon = {"kind": "percent_off", "bp": 5000, "with_promotions": False}
    lines = [line(100, "a"), line(100), line(100, manual_price=100)]
    assert taken(quote_of(*lines, promotions=[promotion], coupons=[coupon]), "coupon:K1") == [0, 50, 0]


def test_a_line_that_gave_a_promotion_nothing_is_untouched() -> None:
    promotion = {"kind": "fixed_price", "price": 100}
    coupon = {"kind": "percent_off", "bp": 5000, "with_promotions": False}
    assert taken(quote_of(line(100), line(101), promotions=[promotion], coupons=[coupon]), "coupon:K1") == [50, 0]


@pytest.mark.parametrize(("least", "reason"), [(900, None), (901, "min_spend"), (1000, "min_spend")])
def test_min_spend_is_of_what_promotions_left(least: int, reason: str | None) -> None:
    """T-46: neither the list price nor what coupons or manual discounts leave."""
    quote = quote_of(
        line(1000), line(5000, "other"),
        promotions=[{"kind": "percent_off", "bp": 1000}],
        coupons=[{"kind": "amount_off", "amount": 1, "min_spend": least, "exclude": ["other"]}],
        manual_discounts=[{"kind": "amount_off", "amount": 5000}],
    )  # fmt: skip
    assert reasons(quote).get("K1") == reason
    assert [one.missing for one in quote.unused] == ([least - 900] if reason else [])


def test_an_earlier_coupon_does_not_spoil_min_spend() -> None:
    coupons = [{"kind": "exchange", "price": 0}, {"kind": "amount_off", "amount": 10, "min_spend": 1000}]
    assert quote_of(line(600), line(400), coupons=coupons).used == ("K1", "K2")
