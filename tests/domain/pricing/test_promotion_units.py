"""percent_off, amount_off, fixed_price: every unit by itself."""

from __future__ import annotations

import pytest

from tests.domain.pricing.pricing_words import line, quote_of, taken


def test_percent_off_rounds_the_sum_once() -> None:
    # 33.5 + 33.5 = 67; each line alone would have rounded to 34
    assert taken(quote_of(line(67), line(67), promotions=[{"kind": "percent_off", "bp": 5000}])) == [34, 33]


def test_amount_off_is_per_unit_and_at_most_its_value() -> None:
    quote = quote_of(line(500, qty=3), line(200, qty=2), promotions=[{"kind": "amount_off", "amount": 300}])
    assert taken(quote) == [900, 400]


def test_fixed_price_raises_nothing() -> None:
    quote = quote_of(line(500, qty=2), line(200), promotions=[{"kind": "fixed_price", "price": 299}])
    assert taken(quote) == [402, 0]


def test_a_line_that_gave_nothing_stays_free() -> None:
    quote = quote_of(
        line(500), line(200),
        promotions=[{"kind": "fixed_price", "price": 300}, {"kind": "percent_off", "bp": 5000}],
    )  # fmt: skip
    assert taken(quote, "promotion:P1") == [200, 0]
    assert taken(quote, "promotion:P2") == [0, 100]


def test_stacking_looks_at_taken_lines_and_takes_none() -> None:
    quote = quote_of(
        line(1000),
        promotions=[
            {"kind": "percent_off", "bp": 1000, "stack": True},
            {"kind": "percent_off", "bp": 1000},
            {"kind": "percent_off", "bp": 1000, "stack": True},
            {"kind": "percent_off", "bp": 1000},
        ],
    )
    assert [one.amount for one in quote.lines[0].discounts] == [100, 90, 81]


def test_priority_then_id_as_code_points() -> None:
    promotions = [
        {"id": "b", "kind": "percent_off", "bp": 1000},
        {"id": "a", "kind": "percent_off", "bp": 2000},
        {"id": "B", "kind": "percent_off", "bp": 3000},
        {"id": "z", "kind": "percent_off", "bp": 4000, "priority": -1, "exclude": ["brand:A"]},
    ]
    quote = quote_of(line(1000, "brand:A"), line(1000), promotions=promotions)
    assert [one.discounts[0].source for one in quote.lines] == ["promotion:B", "promotion:z"]


@pytest.mark.parametrize(
    ("terms", "live"),
    [
        ({}, True),
        ({"from": "2026-11-21T14:03:00+08:00"}, True),
        ({"from": "2026-11-21T14:03:01+08:00"}, False),
        ({"until": "2026-11-21T14:03:00+08:00"}, False),
        ({"until": "2026-11-21T06:03:00.000001+00:00"}, True),
        ({"stores": ["S001", "S002"]}, True),
        ({"stores": ["S002"]}, False),
        ({"tiers": ["gold"]}, True),
        ({"tiers": ["silver"]}, False),
        ({"include": ["sku:J1"]}, True),
        ({"include": ["brand:B"]}, False),
        ({"include": ["sku:J1"], "exclude": ["brand:A"]}, False),
    ],
)
def test_where_when_and_for_whom(terms: dict[str, object], live: bool) -> None:
    promotion = {"kind": "percent_off", "bp": 1000, **terms}
    quote = quote_of(line(1000, "brand:A"), promotions=[promotion], member={"id": "M1", "tier": "gold"})
    assert quote.total == (900 if live else 1000)


def test_a_promotion_for_tiers_is_not_for_strangers() -> None:
    promotion = {"kind": "percent_off", "bp": 1000, "tiers": ["gold"]}
    assert quote_of(line(1000), promotions=[promotion]).total == 1000


@pytest.mark.parametrize(
    ("member", "unit_price"),
    [(None, 1000), ({"id": "M1"}, 1000), ({"tier": "silver"}, 1000), ({"tier": "gold"}, 800), ({"tier": "old"}, 1000)],
)
def test_the_smaller_of_price_and_tier_price(member: object, unit_price: int) -> None:
    quote = quote_of(line(1000, qty=2, member_prices={"gold": 800, "old": 1200}), member=member)
    assert (quote.lines[0].unit_price, quote.gross) == (unit_price, 2 * unit_price)


def test_a_manual_price_wins_even_if_it_is_higher() -> None:
    quote = quote_of(line(1000, member_prices={"gold": 800}, manual_price=1100), member={"tier": "gold"})
    assert quote.total == 1100
