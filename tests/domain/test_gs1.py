"""GS1 messages and codes with a price or weight inside: read whole or not at all (S-2)."""

from __future__ import annotations

from typing import Any

import biip
import pytest
from biip.checksums import gs1_price_weight_check_digit
from hypothesis import given
from hypothesis import strategies as st

from posclient.domain.codes import EmbeddedRule, check_digit, parse, read_rules
from posclient.domain.embedded import value_check_digit
from posclient.domain.gs1 import Element, read_elements
from posclient.errors import InputError

GTIN = "06901234567892"
GS = "\x1d"


@pytest.mark.parametrize(
    "text",
    [
        f"{GS}01{GTIN}",
        f"{GS}{GS}01{GTIN}{GS}{GS}10AB12",  # FNC1 doubled
        f"01{GTIN}",  # FNC1 missing
        f"01{GTIN}17261231",
        f"]C101{GTIN}10AB12",
        f"]d201{GTIN}10AB12{GS}21XYZ",
        f"(01){GTIN}(17)261231(10)AB12",
        f"]e001{GTIN}3103001250",
        f"]C10106901234567892{GS}01{GTIN}",  # said twice, and the same
    ],
)
def test_the_article_is_found(text: str) -> None:
    """S-2: FNC1 first, doubled or missing."""
    code = parse(text)
    assert code.gtin14 == GTIN
    assert code.problem is None
    assert code.lookup_keys[-1] == GTIN


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{GS}0106901234567891", "gs1_check_digit"),
        (f"]C101{GTIN[:-3]}", "gs1_truncated"),
        (f"]C101{GTIN}1726123", "gs1_truncated"),
        (f"]C101{GTIN}10", "gs1_truncated"),
        (f"]C101{GTIN}3109001250", "gs1_bad_measure"),  # weight in billionths
        (f"]C101{GTIN}310", "gs1_truncated"),
        (f"]C101{GTIN}41", "gs1_truncated"),
        (f"]C101{GTIN}24", "gs1_truncated"),
        (f"]C101{GTIN}0", "gs1_unknown_ai"),
        (f"]C101{GTIN}05123", "gs1_unknown_ai"),
        (f"]C101{GTIN}31x3001250", "gs1_unknown_ai"),
        (f"]C101{GTIN}17ABCDEF", "gs1_not_digits"),
        (f"]C101{GTIN}{GS}0116901234567899", "gs1_conflict"),
        # a batch without its separator swallows what follows, and is then too long to be one
        (f"]C110BATCH01{GTIN}", "gs1_too_long"),
    ],
)
def test_an_unsound_message_names_no_article(text: str, problem: str) -> None:
    """S-2: cut, wrong, contradictory: never a silent wrong item; the whole code is all that is looked up."""
    code = parse(text)
    assert code.gtin14 is None
    assert code.problem == problem
    assert code.lookup_keys == (text,)


def test_a_swallowed_article_is_not_found() -> None:
    """S-2: a short batch without separator hides (01); the till does not dig for it."""
    assert parse(f"]C110B01{GTIN}").gtin14 is None


def test_what_a_pallet_holds_is_not_the_article() -> None:
    assert parse(f"]C102{GTIN}3712").gtin14 is None


def test_a_text_that_only_looks_like_gs1_is_a_code_of_its_own() -> None:
    for text in ("0106901234567892x", "0106901234567891", "01069012345678"):
        assert parse(text).lookup_keys == (text,)
        assert parse(text).problem is None


MESSAGE = st.lists(
    st.one_of(
        st.tuples(st.just("01"), st.just(GTIN)),
        st.tuples(st.just("17"), st.sampled_from(["261231", "270615"])),
        st.tuples(st.sampled_from(["10", "21"]), st.text("ABCxyz019", min_size=1, max_size=20)),
        st.tuples(st.sampled_from(["3103", "3922"]), st.sampled_from(["001250", "000999"])),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda element: element[0],
)


@given(MESSAGE)
def test_we_read_what_another_reader_reads(elements: list[tuple[str, str]]) -> None:
    """A library that knows all of GS1 is the witness."""
    text = GS.join(ai + value for ai, value in elements)
    witness = biip.parse(GS + text).gs1_message
    assert witness is not None
    theirs = [Element(one.ai.ai, one.value) for one in witness.element_strings]
    assert list(read_elements(text)) == theirs == [Element(*one) for one in elements]


@given(st.from_regex(r"\A[0-9]{4,5}\Z"))
def test_price_check_digits_agree_with_another_reader(value: str) -> None:
    assert value_check_digit(value) == gs1_price_weight_check_digit(value)


def embedded_code(head: str) -> str:
    return head + str(check_digit(head))


PRICE = EmbeddedRule("22", "PPIIIIIVVVVVK", most=50000)
CHECKED = EmbeddedRule("21", "PPIIIIICVVVVK")
WEIGHT = EmbeddedRule("28", "PPIIIIIWWWWWVVVVVK")


def test_no_price_is_read_without_a_rule() -> None:
    """ux.md, scanning: a GTIN may well begin with 2."""
    code = parse("2000008189804")
    assert code.embedded is None
    assert code.lookup_keys == ("2000008189804", "02000008189804")


def test_a_rule_reads_the_price() -> None:
    text = embedded_code("221234501999")
    code = parse(text, [PRICE, CHECKED])
    assert code.embedded is not None
    assert (code.embedded.price, code.embedded.weight_g) == (1999, None)
    zeroed = embedded_code("221234500000")
    assert code.lookup_keys == (text, "0" + text, "0" + zeroed, "2212345")


def test_a_rule_reads_weight_and_price() -> None:
    code = parse(embedded_code("28123450125001875"), [WEIGHT])
    assert code.embedded is not None
    assert (code.embedded.price, code.embedded.weight_g) == (1875, 1250)


def test_a_weight_alone_without_check_digit() -> None:
    code = parse("29777705", [EmbeddedRule("29", "PPIIIIWW")])
    assert code.embedded is not None
    assert (code.embedded.price, code.embedded.weight_g) == (None, 5)
    assert code.embedded.keys == ("29777700", "297777")


def test_the_price_has_its_own_check_digit() -> None:
    good = embedded_code("2112345" + str(value_check_digit("2875")) + "2875")
    bad = embedded_code("2112345" + str((value_check_digit("2875") + 1) % 10) + "2875")
    assert parse(good, [CHECKED]).embedded is not None
    assert parse(bad, [CHECKED]).problem == "embedded_check_digit"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2212345019990", "embedded_check_digit"),
        (embedded_code("221234550001"), "embedded_value"),  # more than HQ believes
        (embedded_code("221234500000"), "embedded_value"),
    ],
)
def test_a_doubtful_value_is_never_used(text: str, problem: str) -> None:
    """S-2: EAN with prefix 2x and a price over the most, or a misread digit: never a silent wrong price."""
    code = parse(text, [PRICE])
    assert code.embedded is None
    assert code.problem == problem
    assert set(code.lookup_keys) <= {text, "0" + text}


def test_the_longest_prefix_wins() -> None:
    narrow = EmbeddedRule("2212", "PPPPIIIVVVVVK")
    code = parse(embedded_code("221234501999"), [PRICE, narrow])
    assert code.embedded is not None
    assert code.embedded.keys[1] == "2212345"


def test_rules_come_from_a_setting_of_hq() -> None:
    assert read_rules([{"prefix": "22", "layout": "PPIIIIIVVVVVK", "most": 50000}]) == (PRICE,)


@pytest.mark.parametrize(
    "rule",
    [
        {"prefix": "", "layout": "IIIIIVVVVV"},
        {"prefix": "22", "layout": "PPPIIIIVVVVVK"},
        {"prefix": "22", "layout": "PPVVVVVK"},
        {"prefix": "22", "layout": "PPIIIIIIIIIIK"},
        {"prefix": "22", "layout": "PPIIVVIIVVVVK"},
        {"prefix": "22", "layout": "PPIIIIIKVVVVV"},
        {"prefix": "22", "layout": "PPIIIICVVVVVVK"},
        {"prefix": "22", "layout": "PPIIIII?VVVVK"},
        {"prefix": "22"},
        {"prefix": 22, "layout": "PPIIIIIVVVVVK"},
        {"prefix": "22", "layout": "PPIIIIIVVVVVK", "most": True},
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        read_rules([rule])
    assert refused.value.code == "embedded_rule"
