"""A slip as rows of fixed columns: 32 on 58 mm of paper, 48 on 80 mm (ux.md, receipt).

The elements know nothing of ESC/POS, Qt or PDF: text that fits its row, on the left and on the right, rules, a barcode,
the cut. Words come from the labels of ``resources/receipt`` by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from posclient.domain.money import yuan
from posclient.domain.receipt import ReceiptData, ReceiptLine, ReceiptPayment, SlipKind
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


def lay_out(data: ReceiptData, labels: Mapping[str, str], columns: int) -> tuple[Element, ...]:
    """All elements of the slip from top to bottom."""
    return tuple(_Slip(data, labels, columns).elements())


def lay_out_test(labels: Mapping[str, str], columns: int, number: str) -> tuple[Element, ...]:
    """A slip that shows at a glance whether Chinese, the width, the large signs and the barcode come out (T-64)."""
    ruler = ("1234567890" * 5)[:columns]
    return (
        Row(labels["test_title"], align=Align.CENTER, bold=True, scale=2),
        RuleLine(),
        Row(ruler),
        *(Row(text) for text in wrap(labels["test_text"], columns)),
        Row("|", "|"),
        Barcode(number),
        Cut(),
    )


class _Slip:
    """One slip in the making: the values, the words and the width that every section needs."""

    def __init__(self, data: ReceiptData, labels: Mapping[str, str], columns: int) -> None:
        self._data = data
        self._labels = labels
        self._columns = columns

    def elements(self) -> Iterator[Element]:
        sections = (self._head, self._about, self._lines, self._sums, self._member, self._foot)
        for place, section in enumerate(sections):
            rows = tuple(section())
            if place and rows:
                yield RuleLine()
            yield from rows
        if self._data.barcode:
            yield Barcode(clean_text(self._data.barcode))
        yield Cut()

    # --- sections, from top to bottom

    def _head(self) -> Iterator[Element]:
        data = self._data
        for shown, word in ((data.training, "training"), (data.copy, "copy")):
            if shown:
                yield from self._centred(f"*** {self._labels[word]} ***", bold=True)
        yield from self._large(data.store_name)
        yield from self._centred(data.store_address)
        yield from self._centred(data.store_phone)
        yield from self._centred(self._labels[f"title_{data.kind.value}"], bold=True)

    def _about(self) -> Iterator[Element]:
        data = self._data
        yield from self._pair("number", data.number)
        yield from self._pair("original", data.original)
        yield from self._pair("time", f"{data.at:%Y-%m-%d %H:%M}")
        yield from self._pair("cashier", data.cashier)
        yield from self._pair("guide", data.guide)
        yield from self._pair("state", self._labels[data.state] if data.state else "")
        for text in data.ship_to:
            yield from self._pair("ship_to", text)

    def _lines(self) -> Iterator[Element]:
        exchange = self._data.kind is SlipKind.EXCHANGE
        for returned in (True, False):
            chosen = [line for line in self._data.lines if line.returned is returned]
            if chosen and exchange:
                yield Row(self._labels["returned" if returned else "taken"], bold=True)
            for line in chosen:
                yield from self._line(line)

    def _sums(self) -> Iterator[Element]:
        data = self._data
        pieces = sum(line.qty for line in data.lines)
        yield self._both(f"{self._labels['pieces']} {pieces}", f"{self._labels['total']} {yuan(data.total)}")
        yield from self._amount("rounding", -data.rounding)
        yield from self._large(self._labels[f"due_{data.kind.value}"], "\uffe5" + yuan(abs(data.total - data.rounding)))
        yield from self._amount("saved", data.saved)
        for payment in data.payments:
            yield from self._payment(payment)
        yield from self._amount("change", data.change)

    def _member(self) -> Iterator[Element]:
        member = self._data.member
        if member is None:
            return
        yield from self._pair("member", f"{member.masked_name} {member.masked_phone}".strip())
        yield from self._pair("points", str(member.points) if member.points else "")
        yield from self._pair("balance", "" if member.balance is None else str(member.balance))
        yield from self._pair("stored_value", "" if member.stored_value is None else yuan(member.stored_value))

    def _foot(self) -> Iterator[Element]:
        if self._data.pending_offline:
            yield from self._centred(self._labels["pending_offline"], bold=True)
        for paragraph in self._data.return_rules.splitlines():
            yield from (Row(text) for text in wrap(clean_text(paragraph), self._columns) if text)
        yield from self._centred(self._labels["thanks"])

    # --- their parts

    def _line(self, line: ReceiptLine) -> Iterator[Element]:
        """Name, then pieces at the list price, what came off, and the net where it differs."""
        yield from (Row(text) for text in wrap(clean_text(f"{line.name} {line.variant}"), self._columns))
        listed = line.list_price * line.qty
        yield self._both(f"  {line.qty} x {yuan(line.list_price)}", yuan(listed))
        off = (line.list_price - line.unit_price) * line.qty
        if off:
            yield self._both(f"  {self._labels['manual_price' if line.manual else 'member_price']}", yuan(-off))
        for discount in line.discounts:
            yield self._both(f"  {clean_text(discount.name)}", yuan(-discount.amount))
        guide = f"{self._labels['guide']} {clean_text(line.guide)}" if line.guide else ""
        if guide or line.net != listed:
            yield self._both(f"  {guide}", yuan(line.net) if line.net != listed else "")

    def _payment(self, payment: ReceiptPayment) -> Iterator[Element]:
        word = self._labels.get(f"tender_{payment.tender}", payment.tender)
        yield self._both(clean_text(f"{word} {payment.reference}").strip(), yuan(payment.tendered))

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
