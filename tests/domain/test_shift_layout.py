"""What stands on the shift report, that it fits its paper, and that its head can be typed back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest

from posclient.domain.chain_head import ChainHead, read_head
from posclient.domain.shift_layout import lay_out_report
from posclient.domain.shift_report import ActTotal, GuideTotal, ShiftFigures, ShiftReport, TenderTotal
from posclient.domain.slip_rows import COLUMNS, Cut, Row, RuleLine
from posclient.domain.text_columns import text_width
from posclient.errors import InputError
from tests.devices.slips import AT
from tests.domain.test_receipt import LABELS, ZH, check_fits

HEAD = ChainHead("S001-1", "01932d5c-7b1e-7000-8000-0123456789ab", 1284, sha256(b"fact").digest())
FIGURES = ShiftFigures(
    day=date(2026, 11, 22), sales=12, lines=20, pieces=31, first_receipt="S001-1-20261122-000801",
    last_receipt="S001-1-20261122-000812", list_total=412300, promotion_off=20000, coupon_off=15000, manual_off=1000,
    price_off=5000, net=371300, rounding=30,
    tenders=(
        TenderTotal("cash", 9, 200000, 12345), TenderTotal("card", 2, 161270, 0),
        TenderTotal("stored_value", 1, 10000, 0), TenderTotal("barter", 1, 0, 0),
    ),
    coupons=3, coupon_amount=15000,
    guides=(GuideTotal("G1", 10, 300000, "林"), GuideTotal("G9", 1, 70000), GuideTotal(None, 1, 1300)),
    acts=(ActTotal("manual_price", 2, 1000), ActTotal("open_drawer", 1, 0), ActTotal("danced", 1, 0)),
    unsent=2, unsent_amount=50000,
)  # fmt: skip
REPORT = ShiftReport("童趣 上海南京西路店", "S001", 1, AT, AT.date(), "陈", FIGURES, 5, 70000, HEAD)
EMPTY = ShiftFigures(FIGURES.day, 0, 0, 0, "", "", 0, 0, 0, 0, 0, 0, 0, (), 0, 0, (), (), 0, 0)


def texts(report: ShiftReport, language: str = "zh_CN", columns: int = 48) -> list[str]:
    rows = [row for row in lay_out_report(report, LABELS[language], columns) if isinstance(row, Row)]
    return [f"{row.left} | {row.right}" if row.right else row.left for row in rows]


def test_all_that_a_shift_report_must_say() -> None:
    """C9: the X report."""
    assert texts(REPORT) == [
        "童趣 上海南京西路店", "班次报表（X）", "门店 收银台 S001 · 1", "营业日 2026-11-22",
        "打印时间 2026-11-22 14:03:00", "打印人 陈", "首单 S001-1-20261122-000801", "末单 S001-1-20261122-000812",
        "销售笔数 | 12", "行数 / 件数 | 20 / 31", "原价合计 | 4123.00", "促销优惠 | -200.00", "优惠券 | -150.00",
        "手工优惠、改价 | -10.00", "会员价、标签价 | -50.00", "净额 | 3713.00", "抹零 | -0.30", "实收合计 | 3712.70",
        "支付方式", "现金 x 9 | 2000.00", "  找零 | 123.45", "刷卡 x 2 | 1612.70", "储值 x 1 | 100.00", "barter x 1",
        "用券 x 3 | 150.00", "导购业绩", "林 x 10 | 3000.00", "G9 x 1 | 700.00", "无导购 x 1 | 13.00", "留意事项",
        "改价 x 2 | 10.00", "不收款开钱箱 x 1", "danced x 1", "本日未上传 x 2 | 500.00", "全部未上传 x 5 | 700.00",
        "流水链头 | 1284", HEAD.printed, f"登记 {HEAD.terminal} {HEAD.incarnation}", "2026-11-22 14:03:00",
    ]  # fmt: skip


@pytest.mark.parametrize("columns", COLUMNS.values())
@pytest.mark.parametrize("language", LABELS)
def test_it_fits_in_both_languages_however_long_a_name_and_large_an_amount(language: str, columns: int) -> None:
    guides = (GuideTotal("G1", 10**6, 10**12, "名" * 40),)
    acts = tuple(ActTotal(name.removeprefix("act_"), 10**5, 10**12) for name in ZH if name.startswith("act_"))
    figures = replace(FIGURES, guides=guides, acts=acts, net=10**12, list_total=10**12)
    report = replace(REPORT, store_name="店" * 40, figures=figures, read_by="人" * 40, waiting_amount=10**12)
    elements = lay_out_report(report, LABELS[language], columns)
    check_fits(elements, columns)
    assert (elements[-1], elements.count(Cut()), elements.count(RuleLine())) == (Cut(), 1, 7)
    assert all(text_width(row.left) for row in elements if isinstance(row, Row))


def test_an_empty_day_says_so_and_still_has_its_head() -> None:
    said = texts(replace(REPORT, figures=EMPTY, read_by="", waiting=0, waiting_amount=0), columns=32)
    assert "本日没有销售" in said
    assert not {"支付方式", "导购业绩", "留意事项"} & set(said)
    assert said[said.index("流水链头 | 1284") - 2 :][:4] == [
        "本日未上传 x 0 | 0.00", "全部未上传 x 0 | 0.00", "流水链头 | 1284", HEAD.printed,
    ]  # fmt: skip


@pytest.mark.parametrize("columns", COLUMNS.values())
def test_the_printed_head_is_taken_back(columns: int) -> None:
    """S-24: on the narrowest paper too; what is typed off it is the fact's number and its hash."""
    said = texts(REPORT, columns=columns)
    title = said.index("流水链头 | 1284")
    seq, digits = read_head(f"{said[title].split(' | ')[1]} {said[title + 1]}")
    assert (seq, len(digits)) == (1284, 24)
    assert HEAD.hash.hex().startswith(digits)


@pytest.mark.parametrize("text", ["", "12", "12 0123 4567 89ab cde", "x 0123456789abcdef", "1 0123456789abcdeg"])
def test_what_is_too_short_or_no_number_is_no_head(text: str) -> None:
    with pytest.raises(InputError, match="chain_head"):
        read_head(text)


def test_no_coupons_are_not_counted() -> None:
    said = texts(replace(REPORT, figures=replace(FIGURES, coupons=0, coupon_amount=0)))
    assert not any(text.startswith("用券") for text in said)
