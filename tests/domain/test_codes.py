"""What a scanned text is, and under which keys it is looked up."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posclient.domain.codes import (
    LONGEST,
    ReceiptNo,
    article_key,
    check_digit,
    ean13,
    format_receipt_no,
    gtin_key,
    has_check_digit,
    parse,
    parse_receipt_no,
    read_gtin,
)
from posclient.errors import InputError

DIGITS = "0123456789"


@pytest.mark.parametrize(
    ("scanned", "filed"),
    [
        ("036000291452", "0036000291452"),  # UPC-A and the same as EAN-13
        ("0036000291452", "036000291452"),
        ("00036000291452", "0036000291452"),  # GTIN-14 with indicator 0
        ("36000291452", "036000291452"),  # a spreadsheet has eaten the zero
        ("000000036000291452", "036000291452"),  # padded to 18
        ("96385074", "0000096385074"),  # EAN-8 padded to 13
        ("00000096385074", "96385074"),
        ("6901234567892", "06901234567892"),
        ("６９０１２３４５６７８９２", "6901234567892"),  # an input method in full-width mode
        ("]E06901234567892", "6901234567892"),  # the scanner names the symbology
        ("6901234567892\r\n", "6901234567892"),
        ("\x1d0106901234567892", "6901234567892"),  # GS1
    ],
)
def test_one_article_in_all_its_spellings(scanned: str, filed: str) -> None:
    """T-37: leading zeros, UPC-A, EAN-13, EAN-8, GTIN-14 and padding are one article."""
    assert article_key(filed) in parse(scanned).lookup_keys


@pytest.mark.parametrize(
    ("scanned", "other"),
    [
        ("16901234567899", "6901234567892"),  # a case is not its content
        ("6901234567891", "6901234567892"),  # bad check digit
        ("0123456", "123456"),  # somebody's own short numbers
        ("00000000", "0000000000000"),
        ("123456789012345", "12345678901234"),
    ],
)
def test_what_is_another_article_stays_another(scanned: str, other: str) -> None:
    """T-37: equal by padding alone is not enough; the check digit and the indicator count."""
    assert not set(parse(scanned).lookup_keys) & {other, article_key(other)}


def test_the_whole_code_is_always_looked_up_first() -> None:
    for text in ("2212345012343", "0106901234567892", "M-00017", "6901234567892"):
        assert parse(text).lookup_keys[0] == text


@given(st.text(DIGITS, min_size=7, max_size=13), st.integers(0, 6))
def test_padding_never_changes_the_key_of_a_gtin(body: str, zeros: int) -> None:
    digits = body + str(check_digit(body))
    key = read_gtin(digits)
    assert key == read_gtin("0" * zeros + digits)
    assert key is None or (len(key) == 14 and key.lstrip("0") == digits.lstrip("0"))


@given(st.text(DIGITS, min_size=8, max_size=14), st.data())
def test_one_wrong_digit_is_never_a_gtin(digits: str, data: st.DataObject) -> None:
    """S-2: a misread digit must not become another article."""
    good = digits[:-1] + str(check_digit(digits[:-1]))
    place = data.draw(st.integers(0, len(good) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in DIGITS if digit != good[place]]))
    assert read_gtin(good[:place] + wrong + good[place + 1 :]) is None


def test_check_digits() -> None:
    assert ean13("690123456789") == "6901234567892"
    assert gtin_key("036000291452") == "00036000291452"
    assert not has_check_digit("5")
    assert not has_check_digit("١٢٣٤٥٦٧٨")  # Arabic digits are none (S-5)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: gtin_key("6901234567891"), "not_a_gtin"),
        (lambda: ean13("123"), "not_a_gtin"),
        (lambda: check_digit("12x"), "not_digits"),
    ],
)
def test_wrong_numbers_are_refused_by_name(call: object, code: str) -> None:
    assert callable(call)
    with pytest.raises(InputError) as refused:
        call()
    assert refused.value.code == code


HOSTILE = {
    "NUL": ("690123\x004567892", "code_unsafe"),
    "lone surrogate": ("690\ud800123", "code_unsafe"),
    "right to left": ("690\u202e2987654", "code_unsafe"),
    "joiner": ("690\u200d1234567892", "code_unsafe"),
    "byte order mark": ("\ufeff6901234567892", "code_unsafe"),
    "QR full of digits": ("1" * 7089, "code_too_long"),
    "one over": ("a" * (LONGEST + 1), "code_too_long"),
    "paste of 1 MB": ("\x00" * 1_000_000, "code_too_long"),
    "nothing": ("", "code_empty"),
    "control characters alone": ("\r\n\x1d\x0f\x12", "code_empty"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_refused_at_once(name: str) -> None:
    """S-3: refused by name within 50 ms."""
    text, code = HOSTILE[name]
    began = time.perf_counter()
    with pytest.raises(InputError) as refused:
        parse(text)
    assert time.perf_counter() - began < 0.05
    assert refused.value.code == code


def test_the_longest_qr_code_is_read_in_time() -> None:
    """S-3: 4,296 characters are allowed, also where each one tempts the GS1 reader."""
    for text in ("A" * LONGEST, "01" * (LONGEST // 2), "\x1d" * (LONGEST - 1) + "x", "(10)" * (LONGEST // 4)):
        began = time.perf_counter()
        assert parse(text).text == text
        assert time.perf_counter() - began < 0.05


def test_control_characters_are_dropped() -> None:
    """S-1: Ctrl-O, Ctrl-R, line ends and escape inside a Code 128 are not part of the code; GS is."""
    assert parse("69\x0f0123\x12456\x1b7892\r\n").text == "6901234567892"
    assert parse("]C10106901234567892\x1d10AB").text.count("\x1d") == 1


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """S-3: no text makes the reader fall over."""
    outcome = outcome_of(text)
    assert outcome in {"read", "code_unsafe", "code_empty", "code_too_long"}


def outcome_of(text: str) -> str:
    try:
        code = parse(text)
    except InputError as error:
        return error.code
    return "read" if code.raw == text and code.lookup_keys[0] == code.text else "changed"


def test_receipt_numbers() -> None:
    number = format_receipt_no("S001", 1, date(2026, 11, 22), 1)
    assert number == "S001-1-20261122-000001"
    assert parse(number).receipt_no == ReceiptNo("S001", 1, date(2026, 11, 22), 1)
    assert parse_receipt_no("CN-BJ-7-12-20261231-1234567") == ReceiptNo("CN-BJ-7", 12, date(2026, 12, 31), 1234567)


@pytest.mark.parametrize(
    "text",
    ["6901234567892", "S001-1-20261322-000001", "S001-0-20261122-000001", "S001-1-20261122-1", "S001-1-2026-000001"],
)
def test_other_texts_are_no_receipt_numbers(text: str) -> None:
    assert parse(text).receipt_no is None
