"""Draws raw ESC/POS bytes as a printer would, one dot a pixel: enough of the language for our slips, and strict.

A byte that is neither a known command nor text is an error: a real printer would print junk or worse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

#: Signs are drawn for those who look at the picture; no test depends on their shapes.
FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
CELL = (12, 24)


@dataclass
class Paper:
    """``image`` is what was printed; ``texts`` and ``ends`` (the dot where each stops) go row by row."""

    dots: int
    encoding: str = "gb18030"
    rows: list[Image.Image] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    cuts: int = 0
    pulses: int = 0

    @property
    def image(self) -> Image.Image:
        paper = Image.new("L", (self.dots, sum(row.height for row in self.rows) + 80), 255)
        top = 40
        for row in self.rows:
            paper.paste(row, (0, top))
            top += row.height
        return paper


def render(data: bytes, dots: int, encoding: str = "gb18030") -> Paper:
    return _Printer(Paper(dots, encoding)).print(data)


class _Printer:
    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.font = ImageFont.truetype(FONT, 20) if FONT.exists() else ImageFont.load_default(20)
        self.chinese = False
        self.reset()

    def reset(self) -> None:
        self.align = self.size = 0
        self.bold = False
        self.line = b""

    def print(self, data: bytes) -> Paper:
        place = 0
        while place < len(data):
            place += self.take(data, place)
        assert not self.line, "text left unprinted"
        return self.paper

    def take(self, data: bytes, place: int) -> int:
        byte, rest = data[place], data[place:]
        if byte == 0x0A:
            self.print_line()
            return 1
        if byte in (0x1B, 0x1C, 0x1D):
            return self.command(rest)
        assert 0x20 <= byte != 0x7F, f"byte {byte:#x} is no text"
        self.line += rest[:1]
        return 1

    def command(self, rest: bytes) -> int:
        name = rest[:2]
        if name == b"\x1b@":
            self.reset()
            return 2
        if name == b"\x1c&":
            self.chinese = True
            return 2
        if name in (b"\x1ba", b"\x1bE", b"\x1d!"):
            self.style(name, rest[2])
            return 3
        if name == b"\x1dV":
            self.paper.cuts += 1
            return 4
        if name == b"\x1bp":
            self.paper.pulses += 1
            return 5
        assert rest[:4] == b"\x1dv0\x00", f"unknown command {rest[:4]!r}"
        return self.picture(rest)

    def style(self, name: bytes, value: int) -> None:
        if name == b"\x1ba":
            self.align = value
        elif name == b"\x1bE":
            self.bold = bool(value)
        else:
            assert value in (0x00, 0x11)
            self.size = value & 1

    def print_line(self) -> None:
        assert self.chinese or self.paper.encoding == "utf-8" or self.line.isascii()
        text, self.line = self.line.decode(self.paper.encoding), b""
        scale = 1 + self.size
        wide = sum(CELL[0] * (1 if sign.isascii() else 2) * scale for sign in text)
        assert wide <= self.paper.dots, f"{text!r} runs over the paper"
        row = Image.new("L", (self.paper.dots, 30 * scale), 255)
        start = x = (self.paper.dots - wide) // 2 if self.align else 0
        for sign in text:
            x += self.draw(row, sign, x, scale)
        self.paper.rows.append(row)
        self.paper.texts.append(text)
        self.paper.ends.append(start + wide)

    def draw(self, row: Image.Image, sign: str, x: int, scale: int) -> int:
        wide = CELL[0] * (1 if sign.isascii() else 2)
        cell = Image.new("L", (wide, 30), 255)
        ImageDraw.Draw(cell).text((0, -3), sign, font=self.font, fill=0, stroke_width=int(self.bold))
        row.paste(cell.resize((wide * scale, 30 * scale)), (x, 0))
        return wide * scale

    def picture(self, rest: bytes) -> int:
        assert not self.line
        wide, high = int.from_bytes(rest[4:6], "little"), int.from_bytes(rest[6:8], "little")
        bits = bytes(byte ^ 0xFF for byte in rest[8 : 8 + wide * high])
        picture = Image.frombytes("1", (wide * 8, high), bits)
        assert picture.width <= self.paper.dots
        row = Image.new("L", (self.paper.dots, high), 255)
        row.paste(picture, ((self.paper.dots - picture.width) // 2 if self.align else 0, 0))
        self.paper.rows.append(row)
        return 8 + wide * high
