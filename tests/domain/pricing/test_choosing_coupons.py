"""Which coupons are chosen, and what is said of the others."""

from __future__ import annotations

import pytest

from posclient.domain.pricing import BadBasket
from tests.domain.pricing.pricing_words import Object, line, quote_of, reasons

FIVE: Object = {"kind": "amount_off", "amount": 500}
TEN: Object = {"kind": "amount_off", "amount": 1000}


def test_all_that_help_and_may_go_together() -> None:
    """T-44: several coupons at once, where only the highest was applied."""
    quote = quote_of(line(10000), coupons=[{**FIVE}, {**TEN}, {"kind": "percent_off", "bp": 2000}])
    assert (quote.total, quote.used) == (6500, ("K3", "K1", "K2"))


def test_one_is_the_rule_if_nothing_is_said() -> None:
    """T-49: nothing over the limit, whatever is on offer."""
    assert quote_of(line(10000), coupons=[{**FIVE}, {**TEN}], max_coupons=1).used == ("K2",)
    assert quote_of(line(10000), coupons=[{**FIVE}, {**TEN}], max_coupons=0).used == ()


@pytest.mark.parametrize(("most", "used"), [(None, 1), (0, 0), (1, 1), (2, 2), (9, 3)])
def test_as_many_of_a_group_as_it_allows(most: int | None, used: int) -> None:
    """T-49: coupons over the limit of their group stay unused, with a reason."""
    coupons = [{**FIVE, "group": "birthday"} for _ in range(3)]
    group_max = {} if most is None else {"birthday": most}
    quote = quote_of(line(10000), coupons=coupons, max_coupons=3, group_max=group_max)
    assert len(quote.used) == used
    assert set(reasons(quote).values()) <= {"worse"}


def test_a_group_may_be_worth_less_than_two_others() -> None:
    coupons = [{**TEN, "group": "a"}, {**FIVE, "group": "a"}, {**FIVE, "amount": 600}, {**FIVE, "amount": 700}]
    assert quote_of(line(10000), coupons=coupons, max_coupons=2).used == ("K1", "K4")


def test_an_equal_of_another_group_may_stand_in_the_way() -> None:
    """The first two are equal and the second expires first, but its group is needed for the third."""
    small = {"kind": "amount_off", "amount": 100}
    coupons = [
        {**small, "group": "a"},
        {**small, "group": "b", "until": "2026-11-22T00:00:00+08:00"},
        {**small, "amount": 5000, "group": "b"},
        {**small, "amount": 3000},
    ]
    assert quote_of(line(10000), coupons=coupons).used == ("K1", "K3", "K4")
    coupons[0], coupons[1] = {**coupons[1], "id": "K1"}, {**coupons[0], "id": "K2"}
    assert quote_of(line(10000), coupons=coupons).used == ("K2", "K3", "K4")


def test_the_same_nets_reached_later_by_a_coupon_that_expires_first() -> None:
    """The first looks better at first, for what could follow it; the third does the same and expires first."""
    all_of_it = {"kind": "amount_off", "amount": 1000, "include": ["a"]}
    coupons = [
        {**all_of_it},
        {**all_of_it, "amount": 900},
        {**all_of_it, "until": "2026-11-22T00:00:00+08:00"},
        {"kind": "amount_off", "amount": 500, "include": ["b"]},
    ]
    assert quote_of(line(1000, "a"), line(5000, "b"), coupons=coupons).used == ("K3", "K4")


@pytest.mark.parametrize(("amount", "used"), [(1499, ("K2", "K3")), (1500, ("K1",)), (1501, ("K1",))])
def test_an_exclusive_coupon_stands_alone(amount: int, used: tuple[str, ...]) -> None:
    exclusive = {"kind": "amount_off", "amount": amount, "exclusive": True}
    assert quote_of(line(10000), coupons=[exclusive, {**FIVE}, {**TEN}]).used == used  # at 1500: fewer coupons


def test_an_exclusive_coupon_of_a_group_without_room() -> None:
    coupons = [{**TEN, "exclusive": True, "group": "g"}, {**FIVE}]
    assert quote_of(line(10000), coupons=coupons, group_max={"g": 0}).used == ("K2",)


def test_a_group_without_room_beside_others() -> None:
    assert quote_of(line(10000), coupons=[{**TEN, "group": "g"}, {**FIVE}], group_max={"g": 0}).used == ("K2",)


def test_the_smaller_face_value_where_it_does_the_same() -> None:
    capped = {"kind": "percent_off", "bp": 10000, "cap": 400}
    assert quote_of(line(400), coupons=[{**TEN}, {**FIVE}, capped], max_coupons=1).used == ("K3",)


def test_fewer_coupons_before_smaller_face_value() -> None:
    quarter = {"kind": "amount_off", "amount": 250}
    assert quote_of(line(500), coupons=[{**TEN}, {**quarter}, {**quarter}]).used == ("K1",)


def test_what_expires_first_then_id() -> None:
    soon, late = "2026-11-22T00:00:00+08:00", "2026-12-01T00:00:00+08:00"
    coupons = [{**FIVE}, {**FIVE, "until": late}, {**FIVE, "until": soon}, {**FIVE, "until": soon}, {**FIVE}]
    for most, used in ((1, ("K3",)), (2, ("K3", "K4")), (3, ("K2", "K3", "K4")), (4, ("K1", "K2", "K3", "K4"))):
        assert quote_of(line(10000), coupons=[{**one} for one in coupons], max_coupons=most).used == used


def test_a_pinned_coupon_is_used_though_another_is_better() -> None:
    quote = quote_of(line(10000), coupons=[{**TEN}, {**FIVE, "pinned": True}], max_coupons=1)
    assert (quote.used, reasons(quote)) == (("K2",), {"K1": "worse"})


def test_a_pinned_coupon_that_cannot_be_used_says_why() -> None:
    """T-51: a code that is accepted must do something, or say why it does not."""
    coupons = [{**TEN, "min_spend": 20000, "pinned": True}, {**FIVE, "excluded": True, "pinned": True}, {**FIVE}]
    quote = quote_of(line(10000), coupons=coupons)
    assert (quote.used, reasons(quote)) == (("K3",), {"K1": "min_spend", "K2": "excluded"})


def test_a_pinned_coupon_without_effect_is_not_spent() -> None:
    """T-51: here others leave nothing for it, and it is a member's money."""
    coupons = [{**FIVE, "pinned": True, "include": ["a"]}, {"kind": "exchange", "price": 0, "pinned": True}]
    quote = quote_of(line(300, "a"), line(100), coupons=coupons)
    assert (quote.total, quote.used, reasons(quote)) == (100, ("K2",), {"K1": "no_effect"})


@pytest.mark.parametrize(
    ("coupons", "rules", "field"),
    [
        ([{**FIVE, "pinned": True}], {"max_coupons": 0}, "coupons[0].pinned"),
        ([{**FIVE}, {**FIVE, "pinned": True}, {**FIVE, "pinned": True}], {"max_coupons": 1}, "coupons[2].pinned"),
        ([{**FIVE, "pinned": True, "group": "g"}, {**TEN, "pinned": True, "group": "g"}], {}, "coupons[1].pinned"),
        ([{**FIVE, "pinned": True, "group": "g"}], {"group_max": {"g": 0}}, "coupons[0].pinned"),
        ([{**FIVE, "pinned": True, "exclusive": True}, {**TEN, "pinned": True}], {}, "coupons[1].pinned"),
        ([{**FIVE, "pinned": True}, {**TEN, "pinned": True, "exclusive": True}], {}, "coupons[1].pinned"),
    ],
)
def test_an_impossible_pin_is_bad_input(coupons: list[Object], rules: Object, field: str) -> None:
    with pytest.raises(BadBasket) as caught:
        quote_of(line(10000), coupons=coupons, **rules)
    assert (caught.value.code, caught.value.field) == ("impossible_pin", field)


def test_a_pinned_exclusive_coupon_alone() -> None:
    quote = quote_of(line(10000), coupons=[{**TEN}, {**FIVE, "pinned": True, "exclusive": True}])
    assert quote.used == ("K2",)


def test_every_unused_coupon_has_a_reason() -> None:
    """T-51: code accepted, nothing happens, no reason."""
    coupons = [
        {**FIVE, "excluded": True, "include": ["none"]}, {**FIVE, "stores": ["S002"], "include": ["none"]},
        {**FIVE, "include": ["none"], "min_spend": 99999}, {**FIVE, "min_spend": 10001}, {**FIVE, "amount": 0},
        {**FIVE}, {**TEN},
    ]  # fmt: skip
    quote = quote_of(line(10000), coupons=coupons, max_coupons=1)
    assert list(reasons(quote).values()) == ["excluded", "not_live", "no_line", "min_spend", "no_effect", "worse"]
    assert [one.missing for one in quote.unused] == [None, None, None, 1, None, None]


def test_unused_are_sorted_by_id_as_code_points() -> None:
    names = ["b", "a", "Z", "é", "10", "9"]
    quote = quote_of(line(100), coupons=[{**FIVE, "id": name, "excluded": True} for name in names])
    assert [one.id for one in quote.unused] == ["10", "9", "Z", "a", "b", "é"]


def test_no_coupons_without_lines() -> None:
    quote = quote_of(coupons=[{**FIVE}], manual_discounts=[{"kind": "amount_off", "amount": 5}])
    assert (quote.total, reasons(quote)) == (0, {"K1": "no_line"})
