"""spend_save: the order promotion."""

from __future__ import annotations

import pytest

from tests.domain.pricing.pricing_words import Object, line, quote_of, taken

STEPS = [{"spend": 300, "save": 50}, {"spend": 100, "save": 10}, {"spend": 200, "save": 60}]


@pytest.mark.parametrize(("price", "save"), [(99, 0), (100, 10), (199, 10), (200, 60), (300, 50), (9999, 50)])
def test_the_highest_step_that_the_spend_reaches(price: int, save: int) -> None:
    """The highest by spend, even where it saves less."""
    assert taken(quote_of(line(price), promotions=[{"kind": "spend_save", "steps": STEPS}])) == [save]


@pytest.mark.parametrize(("price", "save"), [(299, 0), (300, 40), (599, 40), (600, 80), (3000, 400)])
def test_repeat_saves_once_per_full_spend(price: int, save: int) -> None:
    promotion = {"kind": "spend_save", "steps": [{"spend": 300, "save": 40}], "repeat": True}
    assert taken(quote_of(line(price), promotions=[promotion])) == [save]


def test_never_more_than_is_there() -> None:
    """T-48: no total below 0."""
    promotion = {"kind": "spend_save", "steps": [{"spend": 1, "save": 500}], "repeat": True}
    assert taken(quote_of(line(30), line(0), line(3), promotions=[promotion])) == [30, 0, 3]


def test_the_spend_is_what_is_left_after_line_promotions() -> None:
    """T-46: the base is the summed net as it is at that moment, neither the list price nor the total."""
    promotions: list[Object] = [
        {"kind": "percent_off", "bp": 1000},
        {"kind": "spend_save", "steps": [{"spend": 1000, "save": 100}]},
    ]
    assert quote_of(line(1110), promotions=promotions).total == 999
    assert quote_of(line(1111), promotions=promotions).total == 1000 - 100
    promotions[1]["priority"] = -1
    assert quote_of(line(1000), promotions=promotions).total == 900 - 90


def test_line_and_order_promotions_are_taken_apart() -> None:
    """A line that a line promotion took is free for an order promotion, and for one of them only."""
    steps = {"kind": "spend_save", "steps": [{"spend": 100, "save": 10}]}
    promotions = [{"kind": "percent_off", "bp": 5000}, {**steps, "include": ["a"]}, {**steps}, {**steps, "stack": True}]
    quote = quote_of(line(200, "a"), line(200), promotions=promotions)
    assert taken(quote, "promotion:P2") == [10, 0]
    assert taken(quote, "promotion:P3") == [0, 10]
    assert sum(taken(quote, "promotion:P4")) == 10


def test_a_manual_price_is_not_in_the_spend() -> None:
    promotion = {"kind": "spend_save", "steps": [{"spend": 300, "save": 50}]}
    assert quote_of(line(200), line(200, manual_price=200), promotions=[promotion]).total == 400
