"""ESC/POS bytes for receipt printers with Chinese (GBK or GB18030), or UTF-8.

Written here and not by python-escpos: that lacks ``FS &``, maps the yen sign to junk and takes 0.8 s to import; the
tests hold our bytes against its. Barcodes are sent as pictures with whole-dot modules, which every printer draws alike.

``_text`` is the one place where a text becomes bytes: there, after encoding, whatever a printer could take for a
command is struck out (S-6). No name, however made, kicks the drawer or cuts the paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from posclient.devices.barcodes import Pattern, scannable
from posclient.domain.slip_rows import COLUMNS, Align, Barcode, Element, Row, RuleLine
from posclient.domain.text_columns import clean_text, fit, sign_width, text_width

#: Dots across the paper at 203 dpi, by its width in mm.
DOTS = {58: 384, 80: 576}

_START = b"\x1b@"
_CHINESE = b"\x1c&"
_FEED_AND_CUT = b"\x1dV\x42\x00"
_PULSE = b"\x1bp\x00\x19\xfa"
_STRUCK_OUT = bytes((*range(0x20), 0x7F))
#: Bars are 10 mm high.
_BAR_DOTS = 80


@dataclass(frozen=True, slots=True)
class Paper:
    """What is known of a printer: the width of its paper in mm (58 or 80) and its encoding."""

    width: int = 80
    encoding: str = "gb18030"

    @property
    def columns(self) -> int:
        """ASCII signs across."""
        return COLUMNS[self.width]

    @property
    def dots(self) -> int:
        """Dots across."""
        return DOTS[self.width]


def slip_bytes(elements: Iterable[Element], paper: Paper) -> bytes:
    """The whole slip. Never a drawer pulse: that is a command of its own (T-65)."""
    chinese = b"" if paper.encoding == "utf-8" else _CHINESE
    return _START + chinese + b"".join(part for element in elements for part in _element(element, paper))


def drawer_pulse() -> bytes:
    """Opens the drawer on the printer's connector, and prints nothing (T-65)."""
    return _PULSE


def _element(element: Element, paper: Paper) -> Iterator[bytes]:
    if isinstance(element, Row):
        yield _row(element, paper)
    elif isinstance(element, RuleLine):
        yield b"-" * paper.columns + b"\n"
    elif isinstance(element, Barcode):
        yield _barcode(element.text, paper)
    else:
        yield _FEED_AND_CUT


def _row(row: Row, paper: Paper) -> bytes:
    size = (row.scale - 1) * 0x11
    text = row.left
    if row.right:
        gap = paper.columns // row.scale - text_width(row.left) - text_width(row.right)
        text = f"{row.left}{' ' * gap}{row.right}"
    centred = row.align is Align.CENTER and not row.right
    return b"".join(
        (
            b"\x1ba" + bytes([centred]),
            b"\x1bE" + bytes([row.bold]),
            b"\x1d!" + bytes([size]),
            _text(text, paper.encoding) + b"\n",
            b"\x1d!\x00\x1bE\x00\x1ba\x00",
        )
    )


def _text(text: str, encoding: str) -> bytes:
    """The choke point. A sign that the printer has not is as many question marks as it is columns wide."""
    plain = clean_text(text)
    try:
        encoded = plain.encode(encoding)
    except UnicodeEncodeError:
        encoded = b"".join(_sign(sign, encoding) for sign in plain)
    return encoded.translate(None, _STRUCK_OUT)


def _sign(sign: str, encoding: str) -> bytes:
    try:
        return sign.encode(encoding)
    except UnicodeEncodeError:
        return b"?" * sign_width(sign)


def _barcode(text: str, paper: Paper) -> bytes:
    """The slip's number as a picture, if there is room for one, and below it for those who type it."""
    found = scannable(text, paper.dots)
    picture = _picture(*found) + b"\n" if found else b""
    below = _text(fit(clean_text(text), paper.columns), paper.encoding)
    return b"\x1ba\x01" + picture + below + b"\n\x1ba\x00"


def _picture(pattern: Pattern, module: int) -> bytes:
    """GS v 0: one bit a dot, rows of whole bytes. The paper beside it is the quiet zone."""
    lines = b"".join(_line(row, module) * (_BAR_DOTS if pattern.is_linear else module) for row in pattern.rows)
    wide = (pattern.modules * module + 7) // 8
    high = len(lines) // wide
    return b"\x1dv0\x00" + wide.to_bytes(2, "little") + high.to_bytes(2, "little") + lines


def _line(row: tuple[bool, ...], module: int) -> bytes:
    bits = "".join(("1" if dark else "0") * module for dark in row)
    padded = bits.ljust((len(bits) + 7) // 8 * 8, "0")
    return int(padded, 2).to_bytes(len(padded) // 8, "big")
