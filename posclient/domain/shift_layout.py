"""The shift report on paper, from top to bottom. The chain's head stands at the end, where nobody tears it off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from posclient.domain.money import yuan
from posclient.domain.shift_report import ShiftReport
from posclient.domain.slip_rows import Cut, Element, Row, RuleLine, SlipRows
from posclient.domain.text_columns import clean_text


def lay_out_report(report: ShiftReport, labels: Mapping[str, str], columns: int) -> tuple[Element, ...]:
    """All elements of the report."""
    return tuple(_Report(report, labels, columns).elements())


class _Report(SlipRows):
    """One report in the making."""

    def __init__(self, report: ShiftReport, labels: Mapping[str, str], columns: int) -> None:
        super().__init__(labels, columns)
        self._report, self._figures = report, report.figures

    def elements(self) -> Iterator[Element]:
        sections = (
            self._head, self._about, self._sums, self._tenders, self._guides, self._acts, self._unsent, self._chain,
        )  # fmt: skip
        for place, section in enumerate(sections):
            rows = tuple(section())
            if place and rows:
                yield RuleLine()
            yield from rows
        yield Cut()

    def _head(self) -> Iterator[Element]:
        yield from self._large(self._report.store_name)
        yield from self._centred(self._labels["title_shift"], bold=True)

    def _about(self) -> Iterator[Element]:
        report, figures = self._report, self._figures
        yield from self._pair("place", f"{report.store} · {report.slot}")
        yield from self._pair("business_day", f"{figures.day:%Y-%m-%d}")
        yield from self._pair("read_at", f"{report.at:%Y-%m-%d %H:%M:%S}")
        yield from self._pair("read_by", report.read_by)
        yield from self._pair("first_receipt", figures.first_receipt)
        yield from self._pair("last_receipt", figures.last_receipt)

    def _sums(self) -> Iterator[Element]:
        figures = self._figures
        if not figures.sales:
            yield from self._centred(self._labels["no_sales"], bold=True)
            return
        yield self._both(self._labels["sales"], str(figures.sales))
        yield self._both(self._labels["lines_pieces"], f"{figures.lines} / {figures.pieces}")
        yield self._both(self._labels["list_total"], yuan(figures.list_total))
        for label in ("promotion_off", "coupon_off", "manual_off", "price_off"):
            yield from self._amount(label, -getattr(figures, label))
        yield from self._large(self._labels["net"], yuan(figures.net))
        yield from self._amount("rounding", -figures.rounding)
        yield self._both(self._labels["paid"], yuan(figures.paid), bold=True)

    def _tenders(self) -> Iterator[Element]:
        if not self._figures.sales:
            return
        yield Row(self._labels["tenders"], bold=True)
        for one in self._figures.tenders:
            yield self._counted(self._labels.get(f"tender_{one.tender}", one.tender), one.count, one.amount)
            if one.change:
                yield self._both(f"  {self._labels['change']}", yuan(one.change))
        if self._figures.coupons:
            yield self._counted(self._labels["coupons"], self._figures.coupons, self._figures.coupon_amount)

    def _guides(self) -> Iterator[Element]:
        if self._figures.guides:
            yield Row(self._labels["performance"], bold=True)
        for one in self._figures.guides:
            name = (one.name or one.guide) if one.guide else self._labels["nobody"]
            yield self._counted(clean_text(name), one.sales, one.amount)

    def _acts(self) -> Iterator[Element]:
        if self._figures.acts:
            yield Row(self._labels["acts"], bold=True)
        for one in self._figures.acts:
            yield self._counted(self._labels.get(f"act_{one.action}", one.action), one.count, one.amount)

    def _unsent(self) -> Iterator[Element]:
        yield self._counted(self._labels["unsent_day"], self._figures.unsent, self._figures.unsent_amount)
        yield self._counted(self._labels["unsent_all"], self._report.waiting, self._report.waiting_amount)

    def _chain(self) -> Iterator[Element]:
        """Number and hash as ``posclient journal verify --head`` takes them back: each in one row of any paper."""
        head = self._report.head
        yield self._both(self._labels["chain_head"], str(head.seq), bold=True)
        yield from self._centred(head.printed, bold=True)
        yield from self._pair("enrolment", f"{head.terminal} {head.incarnation}")
        yield from self._centred(f"{self._report.at:%Y-%m-%d %H:%M:%S}")

    def _counted(self, left: str, count: int, fen: int) -> Row:
        """So many of something, and the money in it if there is any."""
        return self._both(f"{left} x {count}", yuan(fen) if fen or not count else "")
