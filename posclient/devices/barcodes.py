"""Barcodes as patterns of whole modules: for the screen (SVG, PNG), for labels and for printers (stack.md, barcodes).

A module is always a whole number of dots or pixels: bars that are rounded one by one do not scan.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from posclient.domain.gtin import read_gtin
from posclient.errors import InputError

#: Blank modules beside the bars: ten for Code 128 and EAN (eleven on an EAN's left), four around a QR code.
QUIET = 11
QUIET_QR = 4
#: A scanner wants two dots a module.
FEWEST_DOTS = 2
#: A Code 128 with more than this is wider than any label or screen of ours.
LONGEST_CODE128 = 80


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rows of modules, True is dark. A linear code has one row; ``quiet`` modules have to stay blank around it."""

    rows: tuple[tuple[bool, ...], ...]
    quiet: int

    @property
    def is_linear(self) -> bool:
        """Is it bars, to be drawn as high as one likes?"""
        return len(self.rows) == 1

    @property
    def modules(self) -> int:
        """Width without the quiet zone."""
        return len(self.rows[0])

    @property
    def total_modules(self) -> int:
        """Width with the quiet zone."""
        return self.modules + 2 * self.quiet


def ean13_pattern(digits: str) -> Pattern:
    """An EAN-13 (or what is one with zeros in front); ``InputError("not_a_gtin")`` for anything else."""
    from barcode import EAN13

    gtin = read_gtin(digits)
    if gtin is None or not gtin.startswith("0"):
        raise InputError("not_a_gtin", text=digits[:40])
    return Pattern((_bars(EAN13(gtin[1:]).build()[0]),), QUIET)


def code128_pattern(text: str) -> Pattern:
    """Printable ASCII as Code 128, digits in pairs where that is shorter; else ``InputError("not_code128")``."""
    from barcode.codex import Code128

    if not 1 <= len(text) <= LONGEST_CODE128 or not text.isascii() or not text.isprintable():
        raise InputError("not_code128", text=text[:40])
    return Pattern((_bars(Code128(text).build()[0]),), QUIET)


def qr_pattern(text: str) -> Pattern:
    """Any text as a QR code with medium error correction; ``InputError("not_qr")`` if it is too long or empty."""
    import segno

    try:
        code = segno.make_qr(text, error="m") if text else None
    except ValueError:  # segno's DataOverflowError
        code = None
    if code is None:
        raise InputError("not_qr", length=len(text))
    return Pattern(tuple(tuple(bool(module) for module in row) for row in code.matrix), QUIET_QR)


def scannable(text: str, dots: int) -> tuple[Pattern, int] | None:
    """How ``text`` goes on paper of so many dots, and the dots of a module, up to three, of a QR code six.

    Code 128; a QR code where that has no room or cannot say it; None where that has none either.
    """
    for make, most in ((code128_pattern, 3), (qr_pattern, 6)):
        with suppress(InputError):
            pattern = make(text)
            module = min(dots // pattern.total_modules, most)
            if module >= FEWEST_DOTS:
                return pattern, module
    return None


def to_svg(pattern: Pattern, height: int = 60) -> bytes:
    """A picture of ``total_modules`` units width with its quiet zone; ``height`` modules high if linear."""
    tall = height if pattern.is_linear else 1
    bars = "".join(
        f"M{pattern.quiet + start},{pattern.quiet + row * tall}h{length}v{tall}h-{length}z"
        for row, modules in enumerate(pattern.rows)
        for start, length in _dark_runs(modules)
    )
    wide, high = pattern.total_modules, 2 * pattern.quiet + len(pattern.rows) * tall
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'shape-rendering="crispEdges"><rect width="{wide}" height="{high}" fill="#fff"/>'
        f'<path d="{bars}" fill="#000"/></svg>'
    ).encode()


def to_png(pattern: Pattern, module: int = 2, height: int = 60) -> bytes:
    """A black and white picture, ``module`` pixels a module; ``height`` modules high if linear."""
    from PIL import Image

    wide, quiet = pattern.total_modules, [False] * pattern.quiet
    rows = pattern.rows * height if pattern.is_linear else pattern.rows
    blank = [[False] * wide] * pattern.quiet
    lines = [*blank, *([*quiet, *row, *quiet] for row in rows), *blank]
    image = Image.new("1", (wide, len(lines)), 1)
    image.putdata([0 if dark else 1 for line in lines for dark in line])
    stream = BytesIO()
    image.resize((wide * module, len(lines) * module), Image.Resampling.NEAREST).save(stream, "PNG")
    return stream.getvalue()


def _bars(modules: str) -> tuple[bool, ...]:
    """What python-barcode builds: a text of 1 and 0 (EAN marks its guards with G)."""
    return tuple(module != "0" for module in modules)


def _dark_runs(modules: tuple[bool, ...]) -> list[tuple[int, int]]:
    text = "".join("1" if module else "0" for module in modules)
    return [(run.start(), run.end() - run.start()) for run in re.finditer("1+", text)]
