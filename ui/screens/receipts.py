"""Receipts: the last sales of this till, each as it was printed; a copy on paper, or a PDF (C10)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent

from posclient.devices.printer import file_name
from posclient.devices.receipt_labels import load_labels
from posclient.domain.money import yuan
from posclient.domain.receipt_layout import lay_out
from posclient.domain.slip_rows import COLUMNS
from ui import theme
from ui.context import Context
from ui.i18n import language, tr
from ui.screens.once import Once
from ui.screens.screen import Deeds, Page
from ui.slip import write_pdf
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.choices import Choice, Choices
from ui.widgets.empty import Empty
from ui.widgets.scroller import Scroller
from ui.widgets.slip_view import SlipView, paper
from ui.widgets.text import Text

if TYPE_CHECKING:
    from posclient.actions.receipts import SaleRow
    from posclient.actions.till import Till
    from posclient.domain.receipt import ReceiptData

#: So many are listed at first, and as many more each time that somebody asks for earlier ones.
RECENT = 50
#: Not the id of a sale: the row behind the last one listed.
EARLIER = ""


class ReceiptsPage(Page):
    """The newest first."""

    name = "receipts"
    wide = goes_at_scan = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._choices, self._view = Choices(self._copy, touch_marks=True), SlipView()
        self._data: ReceiptData | None = None
        self._shown, self._once, self._painted_at, self._limit = "", Once(), 0.0, RECENT
        self._empty, self._body = Empty("printer", "receipts.empty", "receipts.empty_hint"), frame("background")
        self._build()

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._choices.moved.connect(self._show_current)
        rows = frame("surface", column(self._choices, None))
        left = frame("card", column(Scroller(rows), margins=(8, 8, 8, 8)))
        left.setFixedWidth(420)
        copy = Button("receipts.copy", "primary", icon="printer", keycap="Enter", on=self._choices.choose)
        pdf = Button("receipts.pdf", icon="pdf", on=self._pdf)
        for button in (copy, pdf):
            button.setFixedHeight(60)
        head = row(Text("receipts.title", look="title"), None, Button("key.back", "quiet", keycap="Esc", on=self.leave))
        body = row(left, 16, column(paper(self._view), row(None, pdf, copy, gap=12), gap=12), gap=0)
        body.setStretch(2, 1)
        self._body.setLayout(body)
        self._empty.hide()
        self.setLayout(column(head, 8, self._body, self._empty, margins=pad()))

    def shown(self) -> None:
        self.setFocus()
        self._read(max(0, self._choices.current))  # a page over it has gone: the one that was looked at stays marked

    def deeds(self) -> Deeds:
        return {"collect": self._choices.choose, "reprint": self._choices.choose, "back": self.leave}

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._painted_at = self._painted_at or time.monotonic()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._choices.keyPressEvent(event)

    def _read(self, current: int = 0) -> None:
        limit = self._limit
        self.read(lambda till: _recent(till, limit), lambda sales: self._show(sales, current))

    def _show(self, sales: tuple[SaleRow, ...], current: int) -> None:
        self._empty.setVisible(not sales)
        self._body.setVisible(bool(sales))
        rows = [Choice(one.id, one.receipt, _detail(one), yuan(one.paid), "text") for one in sales]
        if len(sales) == self._limit:
            rows.append(Choice(EARLIER, tr("receipts.earlier")))
        self._choices.put(rows, current)
        self._show_current()

    def _show_current(self) -> None:
        """The marked slip; the row behind the last one fetches earlier ones, by an arrow or a touch."""
        ids = self._choices.ids()
        sale = ids[self._choices.current] if ids else EARLIER
        if ids and sale == EARLIER:
            self._limit += RECENT
            self._read(current=len(ids) - 1)
        elif ids:
            self.read(lambda till: _receipt(till, sale), lambda data: self._show_slip(sale, data))

    def _show_slip(self, sale: str, data: ReceiptData) -> None:
        self._shown, self._data = sale, data
        columns = COLUMNS[self.context.settings.printer.width]
        self._view.show_slip(lay_out(data, load_labels(language()), columns), columns)

    def _copy(self, sale: str) -> None:
        if sale == EARLIER:  # they are on their way
            return
        if self.context.settings.printer.kind == "none":
            self.context.say("warning", tr("report.no_printer"))
            return
        if not self.context.is_fresh(self._painted_at) or self._once.again(sale):  # F11 twice, Enter twice
            return
        self.context.receipt_wanted.emit(sale, True)
        self.context.say("good", tr("receipts.copied"))

    def _pdf(self) -> None:
        if self._data is None:
            return
        width = self.context.settings.printer.width
        path = self.context.folder / "receipts" / f"{file_name(self._data.number)}.pdf"
        try:
            write_pdf(path, lay_out(self._data, load_labels(language()), COLUMNS[width]), COLUMNS[width], width)
        except OSError as error:
            self.context.say("danger", tr("receipts.pdf_failed", reason=error.strerror or str(error)))
        else:
            sale = self._shown
            self.context.do(lambda till: _taken(till, sale))
            self.context.say("good", tr("receipts.pdf_done", path=str(path)))

    def restyle(self) -> None:
        theme.look(self, "background")


def _detail(sale: SaleRow) -> str:
    words = [f"{sale.at:%m-%d %H:%M}", tr("cart.pieces", n=sale.pieces), sale.cashier_name]
    return " · ".join([*words, tr("receipts.pending")] if sale.pending else words)


def _recent(till: Till, limit: int) -> tuple[SaleRow, ...]:
    from posclient.actions import receipts

    return receipts.recent(till, limit)


def _taken(till: Till, sale: str) -> None:
    from posclient.actions import receipts

    receipts.printed(till, sale)


def _receipt(till: Till, sale: str) -> ReceiptData:
    from posclient.actions import receipts

    return receipts.receipt(till, sale)
