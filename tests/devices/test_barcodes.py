"""Barcodes for the screen and for labels, read back by a scanner's eyes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
import zxingcpp
from PIL import Image

from posclient.devices.barcodes import Pattern, code128_pattern, ean13_pattern, qr_pattern, to_png, to_svg
from posclient.errors import InputError

CODES: list[tuple[Callable[[str], Pattern], str, str]] = [
    (ean13_pattern, "6901234567892", "6901234567892"),
    (ean13_pattern, "036000291452", "0036000291452"),
    (code128_pattern, "S001-1-20261122-000001", "S001-1-20261122-000001"),
    (code128_pattern, "M{0}~ 1", "M{0}~ 1"),
    (qr_pattern, "会员 M000017", "会员 M000017"),
]


def read(image: Image.Image) -> list[str]:
    formats = zxingcpp.BarcodeFormats(
        [zxingcpp.BarcodeFormat.EAN13, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCode]
    )
    found = zxingcpp.read_barcodes(image.convert("L"), formats=formats, text_mode=zxingcpp.TextMode.Plain)
    return [code.text for code in found]


def draw_svg(svg: str) -> Image.Image:
    """Our SVGs hold nothing but dark rectangles."""
    wide, high = (int(size) for size in re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
    image = Image.new("1", (wide, high), 1)
    for x, y, w, h in re.findall(r"M(\d+),(\d+)h(\d+)v(\d+)h-\3z", svg):
        image.paste(0, (int(x), int(y), int(x) + int(w), int(y) + int(h)))
    return image.resize((wide * 3, high * 3), Image.Resampling.NEAREST)


@pytest.mark.parametrize(("make", "text", "expected"), CODES)
@pytest.mark.parametrize("module", [1, 2, 5])
def test_png_is_read_back(make: Callable[[str], Pattern], text: str, expected: str, module: int) -> None:
    image = Image.open(io.BytesIO(to_png(make(text), module)))
    assert read(image) == [expected]


@pytest.mark.parametrize(("make", "text", "expected"), CODES)
def test_svg_is_read_back(make: Callable[[str], Pattern], text: str, expected: str) -> None:
    assert read(draw_svg(to_svg(make(text)).decode())) == [expected]


@pytest.mark.parametrize(
    ("make", "text", "code"),
    [
        (ean13_pattern, "6901234567891", "not_a_gtin"),
        (ean13_pattern, "16901234567899", "not_a_gtin"),  # a case has no EAN-13
        (code128_pattern, "", "not_code128"),
        (code128_pattern, "会员", "not_code128"),
        (code128_pattern, "a\nb", "not_code128"),
        (code128_pattern, "x" * 81, "not_code128"),
        (qr_pattern, "", "not_qr"),
        (qr_pattern, "字" * 3000, "not_qr"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make: Callable[[str], Pattern], text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        make(text)
    assert refused.value.code == code


def test_digits_in_pairs_make_bars_shorter() -> None:
    assert code128_pattern("12345678").modules < code128_pattern("a2b4c6d8").modules
