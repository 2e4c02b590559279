"""What stands on a slip, and that it fits its paper."""

from __future__ import annotations

import string
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posclient.domain.receipt import ReceiptData, ReceiptLine, ReceiptPayment, SlipKind
from posclient.domain.receipt_layout import lay_out, lay_out_test
from posclient.domain.slip_rows import COLUMNS, Barcode, Cut, Element, Row, RuleLine
from posclient.domain.text_columns import clean_text, fit, text_width, wrap
from tests.devices.slips import EXCHANGE, NUMBER, REFUND, SALE, SLIPS, VALET

FOLDER = Path(__file__).parents[2] / "resources" / "receipt"
LABELS = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.toml")}
ZH = LABELS["zh_CN"]


def texts(data: ReceiptData, language: str = "zh_CN", columns: int = 48) -> list[str]:
    rows = [row for row in lay_out(data, LABELS[language], columns) if isinstance(row, Row)]
    return [f"{row.left} | {row.right}" if row.right else row.left for row in rows]


def check_fits(elements: tuple[Element, ...], columns: int) -> None:
    for row in elements:
        if isinstance(row, Row):
            gap = bool(row.left and row.right)
            assert text_width(row.left) + gap + text_width(row.right) <= columns // row.scale, row


@pytest.mark.parametrize("columns", COLUMNS.values())
@pytest.mark.parametrize("language", LABELS)
@pytest.mark.parametrize("name", SLIPS)
def test_every_slip_fits_in_both_languages(name: str, language: str, columns: int) -> None:
    elements = lay_out(SLIPS[name], LABELS[language], columns)
    check_fits(elements, columns)
    assert isinstance(elements[-1], Cut)
    assert elements.count(Cut()) == 1
    assert RuleLine() in elements


def test_all_that_a_receipt_must_say() -> None:
    """ux.md, receipt."""
    said = texts(SALE)
    for text in (
        "童趣 上海南京西路店", f"单号 {NUMBER}", "时间 2026-11-22 14:03", "收银 王小明", "导购 李娜",
        "  2 x 259.00 | 518.00", "  会员价 | -40.00", "  双十一全场九折 | -47.80", "  满300减50优惠券 | -50.00",
        "  导购 李娜 | 380.20", "  改价 | -10.00", "件数 4 | 合计 449.10", "抹零 | -0.10", "应付 | ￥449.00",
        "已省 | 147.80", "刷卡 尾号 1234 | 400.00", "现金 | 50.00", "找零 | 1.00", "会员 张** 139****1234",
        "本次积分 449", "积分余额 12345", "凭小票七日内可退换。",
    ):  # fmt: skip
        assert text in said
    assert Barcode(NUMBER) in lay_out(SALE, ZH, 48)


def test_rounding_stands_on_the_slip_as_it_was_paid() -> None:
    """T-59: total, rounding, due and the payments agree on paper."""
    due = next(row for row in lay_out(SALE, ZH, 48) if isinstance(row, Row) and row.left == ZH["due_sale"])
    paid = sum(payment.amount for payment in SALE.payments)
    assert due.right == f"￥{paid / 100:.2f}"
    assert due.scale == 2
    assert paid == SALE.total - SALE.rounding


def test_what_is_not_there_is_not_said() -> None:
    bare = ReceiptData(SlipKind.SALE, "店", "1", SALE.at, "", (ReceiptLine("袜", "", 1, 100, 100, 100),), 100)
    said = texts(bare)
    assert said == ["店", "销售小票", "单号 1", "时间 2026-11-22 14:03", "袜", "  1 x 1.00 | 1.00",
                    "件数 1 | 合计 1.00", "应付 | ￥1.00", "谢谢惠顾"]  # fmt: skip
    assert not any(isinstance(element, Barcode) for element in lay_out(bare, ZH, 48))


@pytest.mark.parametrize("language", LABELS)
def test_a_reprint_says_copy(language: str) -> None:
    """T-63: a second slip cannot be taken for the first."""
    said = texts(replace(SALE, copy=True), language)
    assert "COPY" in said[0]
    assert not any("COPY" in text for text in texts(SALE, language))


def test_offline_and_training_are_said() -> None:
    assert ZH["pending_offline"] in texts(replace(SALE, pending_offline=True))
    assert ZH["pending_offline"] not in texts(SALE)
    assert f"*** {ZH['training']} ***" in texts(replace(SALE, training=True))


def test_a_refund_names_its_sale_and_what_is_given_back() -> None:
    said = texts(REFUND)
    for text in ("退货小票", f"原单号 {NUMBER}", "应退 | ￥19.90", "现金 | -19.90"):
        assert text in said


def test_an_exchange_shows_both_sides() -> None:
    said = texts(EXCHANGE)
    back, out = said.index("退回"), said.index("换走")
    assert back < said.index("Baby socks (3 pairs), organic cotton S") < out < said.index("雨伞")
    assert "差额 | ￥29.10" in said


def test_a_valet_order_says_where_it_goes_and_how_it_stands() -> None:
    said = texts(VALET)
    for text in ("代客下单", "状态 待总部确认", "收货 张** 139****1234", "收货 上海市浦东新区世纪大道 100 号"):
        assert text in said


def test_no_points_and_an_unknown_balance_are_left_out() -> None:
    assert SALE.member is not None
    said = texts(replace(SALE, member=replace(SALE.member, points=0, balance=None, masked_phone="")))
    assert "会员 张**" in said
    assert not any(text.startswith(("本次积分", "积分余额")) for text in said)


def test_an_amount_is_never_cut() -> None:
    line = ReceiptLine("长" * 60, "x" * 60, 9999, 99999999, 99999999, 999899990001)
    data = replace(
        SALE, store_name="店" * 40, lines=(line,), total=999899990001, rounding=0,
        payments=(ReceiptPayment("barter", 999899990001, 999899990001, "参考号" * 20),),
    )  # fmt: skip
    for columns in COLUMNS.values():
        elements = lay_out(data, ZH, columns)
        check_fits(elements, columns)
        amounts = [row.right for row in elements if isinstance(row, Row) and row.right]
        assert amounts.count("9998999900.01") == 2
        assert "￥9998999900.01" in amounts


def test_the_test_slip() -> None:
    """T-64: Chinese, the yen sign, the width and a barcode on one slip."""
    for columns in COLUMNS.values():
        elements = lay_out_test(ZH, columns, NUMBER)
        check_fits(elements, columns)
        assert Barcode(NUMBER) in elements


def test_languages_have_the_same_words() -> None:
    assert set(LABELS) == {"zh_CN", "en"}
    assert set(LABELS["zh_CN"]) == set(LABELS["en"])


@given(st.text(max_size=60), st.integers(32, 48))
def test_wrapped_rows_fit_and_lose_nothing(text: str, columns: int) -> None:
    cleaned = clean_text(text)
    rows = wrap(cleaned, columns)
    assert all(text_width(row) <= columns for row in rows)
    assert "".join(rows).replace(" ", "") == cleaned.replace(" ", "")


@given(st.text())
def test_cleaned_text_holds_no_control_character(text: str) -> None:
    """S-6: nothing below 0x20, no direction marks, no surrogates; cleaning twice changes nothing."""
    cleaned = clean_text(text)
    assert all(ord(sign) >= 0x20 for sign in cleaned)
    assert not set(cleaned) & {"\x7f", "\u202e", "\u200d", "\ud800"}
    assert clean_text(cleaned) == cleaned


def test_widths() -> None:
    assert text_width("童A￥×é") == 2 + 1 + 2 + 2 + 2
    assert text_width("ｶ") == 1
    assert fit("童趣abc", 5) == "童趣a"
    assert fit("童趣", 3) == "童"
    assert wrap("", 32) == ("",)
    assert wrap("Baby socks, organic", 12) == ("Baby socks,", "organic")
    assert clean_text("a¥b\te\u0301") == "a￥b é"
    assert set(string.printable[:95]) == set(clean_text(string.printable[:95]))
