"""Slips as printer bytes, drawn dot by dot and read back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import zxingcpp
from escpos.printer import Dummy
from hypothesis import given, settings
from hypothesis import strategies as st

from posclient.devices.drawer import opens_for
from posclient.devices.escpos import Paper, drawer_pulse, slip_bytes
from posclient.devices.receipt_labels import load_labels
from posclient.domain.receipt import ReceiptDiscount
from posclient.domain.receipt_layout import lay_out, lay_out_test
from posclient.domain.slip_rows import Barcode, Cut, Row
from posclient.errors import InputError
from tests.devices.escpos_render import Paper as Printed
from tests.devices.escpos_render import render
from tests.devices.slips import NUMBER, SALE, SLIPS

LABELS = load_labels("zh_CN")
ENCODINGS = ("gb18030", "gbk", "utf-8")


def printed(data: Any, paper: Paper) -> Printed:
    return render(slip_bytes(lay_out(data, LABELS, paper.columns), paper), paper.dots, paper.encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("width", [58, 80])
@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_prints_in_columns(name: str, width: int, encoding: str) -> None:
    """T-64: Chinese in every encoding, amounts flush right at the very last dot, one cut, no drawer."""
    paper = Paper(width, encoding)
    slip = printed(SLIPS[name], paper)
    with_amount = [end for text, end in zip(slip.texts, slip.ends, strict=True) if text.endswith((".00", ".10", ".90"))]
    assert len(with_amount) >= 4
    assert set(with_amount) == {paper.dots}
    assert any("销售小票" in text or "退货" in text or "换货" in text or "代客" in text for text in slip.texts)
    assert (slip.cuts, slip.pulses) == (1, 0)


@pytest.mark.parametrize("width", [58, 80])
def test_the_slips_barcode_is_read_back(width: int) -> None:
    """C7: a return begins with a scan of the slip."""
    slip = printed(SALE, Paper(width))
    found = zxingcpp.read_barcodes(slip.image, text_mode=zxingcpp.TextMode.Plain)
    assert [code.text for code in found] == [NUMBER]
    assert str(found[0].format) == ("Code 128" if width == 80 else "QR Code")


def test_modules_are_whole_dots() -> None:
    """stack.md: bars that are rounded one by one do not scan."""
    data = slip_bytes([Barcode(NUMBER)], Paper(80))
    start = data.index(b"\x1dv0\x00")
    wide = int.from_bytes(data[start + 4 : start + 6], "little")
    bits = "".join(f"{byte:08b}" for byte in data[start + 8 : start + 8 + wide]).rstrip("0")
    runs = [len(run) for run in bits.replace("01", "0 1").replace("10", "1 0").split()]
    assert {run % 2 for run in runs} == {0}
    assert sum(runs) == 233 * 2


def test_a_number_that_no_bars_can_say_becomes_a_qr_code() -> None:
    slip = render(slip_bytes([Barcode("上海-1-000001")], Paper(80)), 576)
    assert [code.text for code in zxingcpp.read_barcodes(slip.image)] == ["上海-1-000001"]


def test_the_yen_sign() -> None:
    """T-64: "¥" printed as "0 6"; both yen signs are sent as the full-width one, which is in GBK."""
    for sign in "¥￥":
        data = slip_bytes([Row(f"{sign}9.90")], Paper(80, "gbk"))
        assert b"\xa3\xa49.90" in data


@pytest.mark.parametrize(("text", "expected"), [("䶮", "??"), ("ñ", "??"), ("ｶ", "?"), ("😀", "??"), ("王", "王")])
def test_a_sign_that_the_printer_has_not_keeps_its_columns(text: str, expected: str) -> None:
    slip = render(slip_bytes([Row(f"{text}|", "1.00")], Paper(58, "gbk")), 384, "gbk")
    assert slip.texts[0].startswith(f"{expected}|")
    assert slip.ends == [384]


COMMANDS = {
    "drawer": "\x1bp\x00\x19\xfa",
    "cut": "\x1dV\x00",
    "real time": "\x10\x14\x01\x00\x05",
    "print test": "\x1d(A\x02\x00\x00\x02",
    "bit image": "\x1cp\x01\x00",
    "flood": "\r\n\x0b\x0c" * 50,
    "delete": "\x7f\x18",
    "C1": "\x9bp",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_name_cannot_command_the_printer(name: str, encoding: str) -> None:
    """S-6: drawer kick, cut, real-time commands, line floods in any text of a slip: 0 pulses, one cut, no more rows."""
    evil = f"童{COMMANDS[name]}装"
    line = replace(SALE.lines[0], name=evil, variant=evil, guide=evil, discounts=(ReceiptDiscount(evil, 1),))
    assert SALE.member is not None
    data = replace(
        SALE, store_name=evil, store_address=evil, store_phone=evil, cashier=evil, guide=evil, lines=(line,),
        member=replace(SALE.member, masked_name=evil), payments=(replace(SALE.payments[0], reference=evil),),
        return_rules=evil, barcode=evil,
    )  # fmt: skip
    slip = printed(data, Paper(80, encoding))
    assert (slip.pulses, slip.cuts) == (0, 1)
    assert len(slip.texts) < 45


@given(st.text(max_size=30), st.sampled_from(ENCODINGS))
@settings(max_examples=200)
def test_any_text_is_text(text: str, encoding: str) -> None:
    """S-6: after encoding no byte below 0x20 and no 0x7F is left, also where the layout was passed by."""
    framed = slip_bytes([Row(text)], Paper(80, encoding))
    plain = slip_bytes([Row("")], Paper(80, encoding))
    begin = plain.index(b"\n\x1d!\x00")
    end = len(framed) - (len(plain) - begin)
    assert not [byte for byte in framed[begin:end] if byte < 0x20 or byte == 0x7F]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_choke_point_does_not_rely_on_cleaned_text(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-6: were control characters to come through to the encoder, their bytes are struck out behind it."""
    monkeypatch.setattr("posclient.devices.escpos.clean_text", lambda text: text)
    slip = render(slip_bytes([Row("童" + "".join(COMMANDS.values()))], Paper(80, encoding)), 9999, encoding)
    assert (slip.pulses, slip.cuts, len(slip.texts)) == (0, 0, 1)


def test_commands_agree_with_another_writer() -> None:
    """A library that knows many printers is the witness for start, drawer and cut."""
    witness = Dummy()
    witness.hw("INIT")
    assert slip_bytes([], Paper(80, "utf-8")) == witness.output
    witness.clear()
    witness.cashdraw(2)
    assert drawer_pulse()[:3] == witness.output[:3]
    witness.clear()
    witness.cut(feed=False)
    assert slip_bytes([Cut()], Paper(80, "utf-8"))[2:] == witness.output[-4:]


def test_the_drawer_opens_for_cash_alone() -> None:
    """T-65: a command of its own, and only where cash is paid."""
    assert render(drawer_pulse(), 576).pulses == 1
    assert opens_for(["card", "cash"])
    assert not opens_for(["card"])
    assert not opens_for([])


@pytest.mark.parametrize("width", [58, 80])
def test_the_test_slip_prints(width: int) -> None:
    """T-64: what a shop prints when a new printer is set up."""
    paper = Paper(width)
    slip = render(slip_bytes(lay_out_test(LABELS, paper.columns, NUMBER), paper), paper.dots)
    assert [code.text for code in zxingcpp.read_barcodes(slip.image)] == [NUMBER]
    assert slip.ends[slip.texts.index(next(text for text in slip.texts if text.startswith("123")))] == paper.dots


@pytest.mark.parametrize("language", ["fr", "../zh_CN", ""])
def test_an_unknown_language_is_refused(language: str) -> None:
    with pytest.raises(InputError) as refused:
        load_labels(language)
    assert refused.value.code == "receipt_language"


@pytest.mark.parametrize("width", [58, 80])
@pytest.mark.parametrize("number", ["上海一店" * 40, "店" * 2000, ""])
def test_a_number_that_has_no_room_as_a_barcode_fails_no_slip(number: str, width: int) -> None:
    """A store's id is HQ's to choose; what it prints beside is there, and nothing is wider than the paper."""
    slip = render(slip_bytes([Row("销售小票"), Barcode(number), Cut()], Paper(width)), Paper(width).dots)
    assert "销售小票" in slip.texts[0]
    found = [code.text for code in zxingcpp.read_barcodes(slip.image, text_mode=zxingcpp.TextMode.Plain)]
    assert found == ([number] if len(number) == 160 else [])
    assert slip.cuts == 1
