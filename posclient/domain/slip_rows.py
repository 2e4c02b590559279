"""A slip as rows of fixed columns: 32 on 58 mm of paper, 48 on 80 mm (ux.md, receipt).

The elements know nothing of ESC/POS, Qt or PDF: text that fits its row, on the left and on the right, rules, a barcode,
the cut. Words come from the labels of ``resources/receipt`` by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from posclient.domain.money import yuan
from posclient.domain.text_columns import clean_text, fit, text_width, wrap

#: Columns of a row by width of the paper in mm.
COLUMNS: Mapping[int, int] = {58: 32, 80: 48}


class Align(Enum):
    """Where a row's left text stands when there is nothing on the right."""

    LEFT = "left"
    CENTER = "center"


@dataclass(frozen=True, slots=True)
class Row:
    """``left`` and ``right`` together fit into ``columns / scale``; ``scale`` 2 is twice as wide and high."""

    left: str
    right: str = ""
    align: Align = Align.LEFT
    bold: bool = False
    scale: int = 1


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A line across."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """The slip's number as a barcode, to scan it for a return."""

    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of the slip."""


Element = Row | RuleLine | Barcode | Cut


class SlipRows:
    """What every layout needs: the words, the width, and rows that fit it."""

    def __init__(self, labels: Mapping[str, str], columns: int) -> None:
        self._labels = labels
        self._columns = columns

    def _amount(self, label: str, fen: int) -> Iterator[Element]:
        if fen:
            yield self._both(self._labels[label], yuan(fen))

    def _pair(self, label: str, text: str) -> Iterator[Element]:
        if text:
            rows = wrap(f"{self._labels[label]} {clean_text(text)}", self._columns)
            yield from (Row(row) for row in rows)

    def _centred(self, text: str, bold: bool = False) -> Iterator[Element]:
        rows = wrap(clean_text(text), self._columns)
        yield from (Row(row, align=Align.CENTER, bold=bold) for row in rows if row)

    def _large(self, left: str, right: str = "") -> Iterator[Element]:
        """Twice as large where it fits, else bold."""
        left = clean_text(left)
        if text_width(left) + text_width(right) + bool(right) <= self._columns // 2:
            yield Row(left, right, Align.LEFT if right else Align.CENTER, bold=True, scale=2)
        elif right:
            yield self._both(left, right, bold=True)
        else:
            yield from self._centred(left, bold=True)

    def _both(self, left: str, right: str, bold: bool = False) -> Row:
        """The left gives way: an amount is never cut."""
        room = self._columns - text_width(right) - bool(right)
        return Row(fit(left, room), right, bold=bold)
