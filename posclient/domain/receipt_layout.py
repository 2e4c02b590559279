"""The slips of sales, refunds, exchanges and valet orders, from top to bottom (ux.md, receipt)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from posclient.domain.money import yuan
from posclient.domain.receipt import ReceiptData, ReceiptLine, ReceiptPayment, SlipKind
from posclient.domain.slip_rows import Align, Barcode, Cut, Element, Row, RuleLine, SlipRows
from posclient.domain.text_columns import clean_text, wrap


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


class _Slip(SlipRows):
    """One slip in the making."""

    def __init__(self, data: ReceiptData, labels: Mapping[str, str], columns: int) -> None:
        super().__init__(labels, columns)
        self._data = data

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
        yield from self._amount("saved", max(0, data.saved))  # a price by hand may be a dearer one
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
