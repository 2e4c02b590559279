"""Bad input: one clear error that names the field, and never a traceback or a hang."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posclient.domain.pricing import COUPONS, PROMOTIONS, BadBasket, known_kind, parse_json, price, read_basket
from posclient.errors import InputError
from tests.domain.pricing.pricing_words import Object, basket, line

COUPON: Object = {"id": "K1", "kind": "amount_off", "amount": 1}
PROMOTION: Object = {"id": "P1", "kind": "percent_off", "bp": 1}
MANUAL: Object = {"id": "D1", "kind": "amount_off", "amount": 1}


def error_of(obj: object) -> tuple[str, str]:
    with pytest.raises(BadBasket) as caught:
        price(read_basket(obj))
    return caught.value.field, caught.value.code


def changed(name: str, value: object) -> Object:
    """A good basket with one field of its only line, promotion, ... set: ``coupons.cap``; ``...`` takes it away."""
    good: Object = basket(
        line(100), promotions=[{**PROMOTION}], coupons=[{**COUPON}], manual_discounts=[{**MANUAL}], member={"id": "M"}
    )
    *path, key = name.split(".")
    place = good
    for step in path:
        place = place[step][0] if isinstance(place[step], list) else place[step]
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return good


@pytest.mark.parametrize("value", [2.0, 1e309, float("nan"), True, "1", "１", "٣", None, [], {}, 0.1 + 0.2, "0x10"])
@pytest.mark.parametrize("name", ["qty", "price"])
def test_what_is_not_an_integer(name: str, value: object) -> None:
    """S-5: neither 2.0 nor true, no infinity, no digits in a text, full-width and Arabic ones included."""
    assert error_of(changed(f"lines.{name}", value)) == (f"lines[0].{name}", "not_integer")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("lines.qty", 0, "too_small"), ("lines.qty", -1, "too_small"), ("lines.qty", 10**18 + 1, "too_large"),
        ("lines.price", -1, "too_small"), ("lines.manual_price", -1, "too_small"),
        ("lines.price", 10**30, "too_large"), ("lines.manual_price", 1.0, "not_integer"),
        ("lines.member_prices", [], "not_object"), ("lines.tags", "a", "not_list"), ("lines.tags", None, "not_list"),
        ("lines.id", 1, "not_text"), ("lines.sku", None, "not_text"), ("lines.sku", "\ud800", "not_text"),
        ("lines.id", "\u4e2d\udfff", "not_text"), ("promotions.bp", 10001, "too_large"),
        ("promotions.bp", -1, "too_small"), ("promotions.kind", "x", "unknown_kind"),
        ("promotions.kind", 1, "not_text"), ("promotions.stack", 1, "not_boolean"),
        ("promotions.stack", None, "not_boolean"), ("promotions.priority", 1.5, "not_integer"),
        ("promotions.tiers", {}, "not_list"), ("promotions.from", "2026-11-21T14:03:00", "not_time"),
        ("promotions.until", "soon", "not_time"), ("promotions.until", 5, "not_text"),
        ("coupons.kind", "x", "unknown_kind"), ("coupons.amount", -1, "too_small"),
        ("coupons.min_spend", -1, "too_small"), ("coupons.min_spend", None, "not_integer"),
        ("coupons.group", 7, "not_text"), ("coupons.exclusive", "yes", "not_boolean"),
        ("coupons.with_promotions", None, "not_boolean"), ("coupons.pinned", 0, "not_boolean"),
        ("manual_discounts.kind", "x", "unknown_kind"), ("manual_discounts.amount", True, "not_integer"),
        ("manual_discounts.reason", 1, "not_text"), ("rules.max_coupons", -1, "too_small"),
        ("rules.max_coupons", None, "not_integer"), ("rules.group_max", [], "not_object"),
        ("at", "2026-11-21", "not_time"), ("at", "21.11.2026", "not_time"),
        ("at", "２０２６-11-21T14:03:00+08:00", "not_time"), ("store", 1, "not_text"), ("lines", {}, "not_list"),
        ("member", "M1", "not_object"), ("member.tier", 1, "not_text"), ("member.id", 1, "not_text"),
        ("rules", None, "not_object"), ("coupons", None, "not_list"),
    ],
)  # fmt: skip
def test_wrong_values_name_their_field(name: str, value: object, code: str) -> None:
    field = name if "." not in name or name.startswith(("rules", "member")) else name.replace(".", "[0].")
    assert error_of(changed(name, value)) == (field, code)


@pytest.mark.parametrize(
    "name",
    [
        "at", "store", "lines", "lines.id", "lines.sku", "lines.qty", "lines.price", "promotions.id", "promotions.kind",
        "promotions.bp", "coupons.id", "coupons.kind", "coupons.amount", "manual_discounts.id", "manual_discounts.kind",
        "manual_discounts.amount",
    ],
)  # fmt: skip
def test_missing_keys_name_their_field(name: str) -> None:
    assert error_of(changed(name, ...)) == (name.replace(".", "[0]."), "missing")


@pytest.mark.parametrize(
    ("promotion", "field", "code"),
    [
        ({"kind": "nth_unit", "n": 0, "bp": 1}, "n", "too_small"),
        ({"kind": "nth_unit", "n": 1}, "bp", "missing"),
        ({"kind": "bundle_price", "size": 0, "price": 1}, "size", "too_small"),
        ({"kind": "bundle_price", "size": 2, "price": -1}, "price", "too_small"),
        ({"kind": "fixed_price"}, "price", "missing"),
        ({"kind": "spend_save"}, "steps", "missing"),
        ({"kind": "spend_save", "steps": []}, "steps", "empty"),
        ({"kind": "spend_save", "steps": [{"spend": 0, "save": 1}]}, "steps[0].spend", "too_small"),
        ({"kind": "spend_save", "steps": [{"spend": 1, "save": -1}]}, "steps[0].save", "too_small"),
        ({"kind": "spend_save", "steps": [{"spend": 1, "save": 1}] * 2}, "steps[1].spend", "duplicate"),
        (
            {"kind": "spend_save", "steps": [{"spend": 1, "save": 1}, {"spend": 2, "save": 1}], "repeat": True},
            "repeat", "one_step_only",
        ),
    ],
)  # fmt: skip
def test_terms_of_promotions(promotion: Object, field: str, code: str) -> None:
    assert error_of(basket(line(1), promotions=[promotion])) == (f"promotions[0].{field}", code)


@pytest.mark.parametrize(
    ("coupon", "field", "code"),
    [
        ({"kind": "exchange"}, "price", "missing"),
        ({"kind": "percent_off"}, "bp", "missing"),
        ({"kind": "percent_off", "bp": 10001}, "bp", "too_large"),
        ({"kind": "percent_off", "bp": 1, "cap": -1}, "cap", "too_small"),
        ({"kind": "percent_off", "bp": 1, "cap": 1.5}, "cap", "not_integer"),
        ({"kind": "nth_unit", "n": 1, "bp": 1}, "kind", "unknown_kind"),
    ],
)
def test_terms_of_coupons(coupon: Object, field: str, code: str) -> None:
    assert error_of(basket(line(1), coupons=[coupon])) == (f"coupons[0].{field}", code)


def test_ids_twice_in_their_list() -> None:
    assert error_of(basket(line(1, id="1"), line(1, id="1"))) == ("lines[1].id", "duplicate")
    for name, one in (("promotions", PROMOTION), ("coupons", COUPON), ("manual_discounts", MANUAL)):
        assert error_of(basket(line(1), **{name: [{**one}, {**one}]})) == (f"{name}[1].id", "duplicate")
    assert price(read_basket(basket(line(1, id="1"), coupons=[{**COUPON, "id": "1"}]))).total == 0


def test_lines_of_a_manual_discount() -> None:
    unknown = {"kind": "percent_off", "bp": 1, "lines": ["1", "2"]}
    assert error_of(basket(line(1), manual_discounts=[unknown])) == ("manual_discounts[0].lines[1]", "unknown_line")
    twice = {"kind": "percent_off", "bp": 1, "lines": ["1", "1"]}
    assert error_of(basket(line(1), manual_discounts=[twice])) == ("manual_discounts[0].lines[1]", "duplicate")


@pytest.mark.parametrize("obj", [None, [], "{}", 5, True])
def test_a_basket_is_an_object(obj: object) -> None:
    assert error_of(obj) == ("", "not_object")
    assert error_of({**basket(line(1)), "coupons": [{**COUPON}, obj]}) == ("coupons[1]", "not_object")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"nul",
        b'{"a": NaN}',
        b"[Infinity]",
        b"\xff\xfe{}",
        b'"\xed\xa0\x80"',
        b"[" * 200_000,
        b'{"a":' * 200_000,
    ],
)
def test_what_is_not_json(text: bytes) -> None:
    """S-5, and text however deep."""
    with pytest.raises(BadBasket) as caught:
        parse_json(text)
    assert (caught.value.code, caught.value.field) == ("not_json", "")


@pytest.mark.parametrize(
    ("digits", "code"), [("9" * 100_000, "too_large"), ("-" + "9" * 100_000, "too_small"), ("1e5", "not_integer")]
)
def test_numbers_of_any_length(digits: str, code: str) -> None:
    """S-5: more digits than Python reads by itself are no reason for an error without a field."""
    text = json.dumps(basket(line(100))).replace('"price": 100', f'"price": {digits}')
    assert error_of(parse_json(text)) == ("lines[0].price", code)


def test_the_largest_numbers_are_exact() -> None:
    """S-5: 10^18 fen, 10^18 times."""
    most = 10**18
    quote = price(read_basket(basket(line(most, qty=most), coupons=[{"kind": "percent_off", "bp": 1}])))
    assert quote.total == most * most - most * most // 10000
    assert price(read_basket(parse_json(json.dumps(basket(line(5))).replace('"price": 5', '"price": -0')))).total == 0


def test_unknown_keys_are_ignored_and_the_rest_has_defaults() -> None:
    found = read_basket({"at": "2026-11-21T14:03:00Z", "store": "S", "lines": [], "later": [1], "member": None})
    assert (found.rules.max_coupons, found.member, found.coupons, price(found).total) == (1, None, (), 0)
    coupon = read_basket(basket(line(1), coupons=[{"kind": "percent_off", "bp": 5, "x": 1, "cap": None}])).coupons[0]
    assert (coupon.min_spend, coupon.with_promotions, coupon.group, coupon.until) == (0, True, None, None)


def test_bad_baskets_are_input_errors_and_value_errors() -> None:
    with pytest.raises(InputError):
        read_basket({})
    with pytest.raises(ValueError, match="missing"):
        read_basket({})


def test_known_kinds() -> None:
    """The till drops and reports what it does not know; ``read_basket`` refuses it."""
    assert known_kind(COUPON, COUPONS)
    assert known_kind({"kind": "spend_save"}, PROMOTIONS)
    for rule in ({"kind": "spend_save"}, {"kind": "lottery"}, {}, {"kind": ["exchange"]}):
        assert not known_kind(rule, COUPONS)


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5,
)  # fmt: skip


@given(
    st.sampled_from(
        ["at", "lines", "lines.qty", "lines.tags", "promotions.include", "coupons.until", "rules", "member"]
    ),
    _JSON,
)
def test_anything_anywhere_is_priced_or_refused_by_name(name: str, value: object) -> None:
    """S-5: whatever stands there, the error names a field at or below it."""
    field = name.split(".", maxsplit=1)[0]
    try:
        price(read_basket(changed(name, value)))
    except BadBasket as error:
        field = error.field
    assert field.startswith(name.split(".", maxsplit=1)[0])
