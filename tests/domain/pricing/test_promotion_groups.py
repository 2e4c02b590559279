"""nth_unit and bundle_price: full groups of units, dearest first."""

from __future__ import annotations

import pytest

from posclient.domain.pricing import GroupUnits
from tests.domain.pricing.pricing_words import Object, line, quote_of, taken

THIRD_FREE: Object = {"kind": "nth_unit", "n": 3, "bp": 10000}


@pytest.mark.parametrize("multiple", range(1, 11))
def test_buy_two_get_one_as_often_as_it_fits(multiple: int) -> None:
    """T-45: "buy 2 get 1" was applied once for six items."""
    for over in range(3):
        quote = quote_of(line(100, qty=3 * multiple + over), promotions=[{**THIRD_FREE}])
        assert quote.total == 100 * (2 * multiple + over)


@pytest.mark.parametrize("multiple", range(1, 11))
def test_bundles_as_often_as_they_fit(multiple: int) -> None:
    """T-45: the same for bundles, over lines of one unit each."""
    lines = [line(100, id=f"L{n}") for n in range(2 * multiple + 1)]
    assert (
        quote_of(*lines, promotions=[{"kind": "bundle_price", "size": 2, "price": 150}]).total == 150 * multiple + 100
    )


def test_the_cheapest_of_each_group_of_the_dearest() -> None:
    quote = quote_of(line(100), line(900), line(500), line(300), line(700), line(800), promotions=[{**THIRD_FREE}])
    assert taken(quote) == [100, 0, 0, 0, 700, 0]  # 900 800 700 | 500 300 100


def test_equal_units_go_in_line_order() -> None:
    assert taken(quote_of(line(100), line(100), line(100), promotions=[{**THIRD_FREE}])) == [0, 0, 100]


def test_a_units_value_is_its_lines_net_by_quantity() -> None:
    # three units for 200 are each worth less than 67 and more than 66: an exact comparison
    one_off = {"kind": "spend_save", "steps": [{"spend": 1, "save": 1}], "include": ["b"]}
    quote = quote_of(line(66), line(67, "b", qty=3), line(67), promotions=[one_off, {**THIRD_FREE, "n": 2}])
    assert taken(quote) == [0, 1 + 133, 0]  # 67 66.7 | 66.7 66.7 | 66
    quote = quote_of(line(66), line(67, "b", qty=3), line(67), promotions=[one_off, {**THIRD_FREE, "n": 5}])
    assert taken(quote) == [66, 1, 0]


def test_half_of_the_second_of_a_line_that_was_reduced_before() -> None:
    promotions = [{"kind": "percent_off", "bp": 1000, "stack": True}, {"kind": "nth_unit", "n": 2, "bp": 5000}]
    assert taken(quote_of(line(333, qty=4), promotions=promotions)) == [133 + 300]  # 1199 / 4 x 2 x 0.5 = 299.75


def test_a_bundle_never_costs_more() -> None:
    bundle = {"kind": "bundle_price", "size": 2, "price": 250}
    assert taken(quote_of(line(200), line(100), line(60), line(50), promotions=[bundle])) == [33, 17, 0, 0]


def test_a_bundle_of_units_of_lines_with_several() -> None:
    bundle = {"kind": "bundle_price", "size": 4, "price": 1000}
    # 300 300 300 200 | 200 100 100 100: the second is worth 500
    assert taken(quote_of(line(300, qty=3), line(200, qty=2), line(100, qty=3), promotions=[bundle])) == [82, 18, 0]


def test_units_of_any_number_cost_no_time() -> None:
    """S-5: a quantity of 10^17 is exact, and no unit is counted by itself."""
    many = 10**17
    quote = quote_of(line(300, qty=many), line(200, qty=2), promotions=[{**THIRD_FREE}])
    assert quote.gross - quote.total == many // 3 * 300 + 200
    assert len(quote.groups) == 2


def test_groups_say_which_units_and_what_was_taken_off_them() -> None:
    """T-55: buy two get one, return the two that were paid: a refund needs the groups as they were."""
    quote = quote_of(line(100, qty=7), line(40, qty=2), promotions=[{**THIRD_FREE, "bp": 5000}])
    assert quote.groups == (
        GroupUnits("promotion:P1", 2, (("1", 3, 100),)),
        GroupUnits("promotion:P1", 1, (("1", 1, 0), ("2", 2, 20))),
    )


def test_group_amounts_add_up_to_what_the_lines_gave() -> None:
    """T-55: no fen appears or vanishes between the lines and their groups."""
    bundle = {"kind": "bundle_price", "size": 3, "price": 100}
    quote = quote_of(line(101, qty=4), line(77, qty=2), line(59, qty=7), line(3), promotions=[bundle])
    for at, given in zip(("1", "2", "3", "4"), taken(quote), strict=True):
        assert sum(amount for group in quote.groups for name, _, amount in group.units if name == at) == given
    assert all(sum(units for _, units, _ in group.units) == 3 for group in quote.groups)


def test_a_group_that_gave_nothing_is_none() -> None:
    quote = quote_of(
        line(100), line(10), line(9), line(8), promotions=[{"kind": "bundle_price", "size": 2, "price": 20}]
    )
    assert quote.groups == (GroupUnits("promotion:P1", 1, (("1", 1, 82), ("2", 1, 8))),)
