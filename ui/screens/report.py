"""The shift report (X 报表): the figures of a business day and the slip that is printed of them, today's at first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame

from posclient.actions import shift_report
from posclient.devices.receipt_labels import load_labels
from posclient.domain.shift_layout import lay_out_report
from posclient.domain.shift_report import ShiftReport
from posclient.domain.slip_rows import COLUMNS
from posclient.errors import PosError
from ui.context import Context
from ui.i18n import language, tr
from ui.screens import report_parts as parts
from ui.screens.once import Once
from ui.screens.screen import Deeds, Screen
from ui.slip import write_pdf
from ui.widgets.boxes import clear, column, frame, pad, row
from ui.widgets.button import Button
from ui.widgets.field import Field
from ui.widgets.scroller import Scroller
from ui.widgets.slip_view import SLIP_WIDTH, SlipView, paper
from ui.widgets.text import Text

ONE_DAY = timedelta(days=1)
#: One press of an arrow moves the figures by so much (px).
STEP = 72


class ReportScreen(Screen):
    """Left and right go by days, page up and down by days with sales, Home is today; or a date is typed.

    What is printed is read anew at that moment: a slip never says less than was true.
    """

    name = "report"
    side_width = SLIP_WIDTH + 56

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._found: ShiftReport | None = None
        self._day: date | None = None
        self._once = Once()
        self._date, self._later = Field("report.date_hint", kind="date", most=10), Button(icon="forward")
        self._cards = (column(gap=12), column(gap=12))
        self._view = SlipView()
        self._figures = Scroller(self._both())
        self._build()
        context.status_changed.connect(self._ask_again)

    def _build(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._date.setFixedWidth(132)
        self._later.clicked.connect(lambda _checked=False: self._step(1))
        earlier, today = Button(icon="back", on=lambda: self._step(-1)), Button("report.today", on=self._go_today)
        days = row(earlier, self._date, self._later, today, gap=8)
        pdf = Button("receipts.pdf", icon="pdf", on=self._pdf)
        out = Button("report.print", "primary", icon="printer", keycap="Enter", on=self._print)
        for button in (pdf, out):
            button.setFixedHeight(60)
        head = row(Text("report.title", look="title"), 16, days, 16, Text("report.keys", look="muted"), None, gap=8)
        slip = paper(self._view)
        slip.setFixedWidth(SLIP_WIDTH + 16)
        body = row(self._figures, column(slip, row(pdf, out, gap=12), gap=12), gap=12)
        body.setStretch(0, 1)
        self.setLayout(column(head, 8, body, margins=pad()))

    def _both(self) -> QFrame:
        """The cards, side by side."""
        left, right = (frame("background", column(cards, None)) for cards in self._cards)
        both = row(left, right, gap=12, margins=(0, 0, 6, 0))
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        return frame("background", both)

    # --- the window's side

    def shown(self) -> None:
        self.setFocus()
        self._go(self._day)  # a page over it may have gone

    def entered(self) -> None:
        self._go(None)

    def deeds(self) -> Deeds:
        return {"collect": self._enter, "find": self._date.setFocus, "back": self._back}

    def typed(self, event: QKeyEvent) -> bool:
        """A digit begins a date."""
        if not event.text().isdigit():
            return False
        self._date.setFocus()
        self._date.setText(event.text())
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Left: lambda: self._step(-1),
            Qt.Key.Key_Right: lambda: self._step(1),
            Qt.Key.Key_PageUp: lambda: self._leap(later=False),
            Qt.Key.Key_PageDown: lambda: self._leap(later=True),
            Qt.Key.Key_Home: self._go_today,
            Qt.Key.Key_Up: lambda: self._scroll(-STEP),
            Qt.Key.Key_Down: lambda: self._scroll(STEP),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            move()

    def retranslate(self) -> None:
        if self._found is not None:
            self._paint(self._found)

    # --- which day

    def _enter(self) -> None:
        """In the date: go there. Else print."""
        if not self._date.hasFocus():
            self._print()
            return
        try:
            day = date.fromisoformat(self._date.text().strip())
        except ValueError:
            self._date.wrong(True)
            return
        self._go(day)

    def _back(self) -> None:
        if self._date.hasFocus():
            self.setFocus()
            self._name_day()
        else:
            self.context.screen_wanted.emit("sale")

    def _go_today(self) -> None:
        self._go(None)

    def _step(self, days: int) -> None:
        if self._found is not None and self._found.figures.day + days * ONE_DAY <= self._found.today:
            self._go(self._found.figures.day + days * ONE_DAY)

    def _leap(self, *, later: bool) -> None:
        """Over days without sales; where there are none left it stays."""
        if self._found is not None:
            day = self._found.figures.day
            self.context.read(lambda till: shift_report.neighbour(till, day, later=later), self._leapt)

    def _leapt(self, day: date | None) -> None:
        if day is not None:
            self._go(day)

    def _go(self, day: date | None) -> None:
        """Read a day (None: whichever it is now); one that cannot be read leaves what is shown."""
        self._read(day, lambda found: self._show(found, day))

    def _ask_again(self, _status: object) -> None:
        """Sales go on and facts are sent meanwhile: what is shown stays true."""
        if self.isVisible() and self._found is not None and not self._date.hasFocus():
            self._go(self._day)

    def _read(self, day: date | None, done: Callable[[ShiftReport], None]) -> None:
        staff = self.context.staff
        self.context.read(lambda till: shift_report.report(till, staff, day), done, self._refused)

    def _refused(self, error: PosError) -> None:
        self._date.wrong(self._date.hasFocus())
        self.context.say_error(error)

    # --- what is shown

    def _show(self, found: ShiftReport, day: date | None) -> None:
        self._day = day
        if self._date.hasFocus():
            self.setFocus()
            self._name_day()
        if self._found is None or replace(found, at=self._found.at) != self._found:
            self._found = found
            self._paint(found)

    def _paint(self, found: ShiftReport) -> None:
        labels, figures = load_labels(language()), found.figures
        self._name_day()
        self._later.setEnabled(figures.day < found.today)
        sides = (
            (parts.takings(figures, labels), parts.tenders(figures, labels)),
            (
                parts.guides(figures, labels), parts.acts(figures, labels), parts.unsent(found, labels),
                parts.chain(found, labels),
            ),
        )  # fmt: skip
        for box, cards in zip(self._cards, sides, strict=True):
            clear(box)
            for card in cards:
                box.addWidget(card)
        columns = COLUMNS[self.context.settings.printer.width]
        self._view.show_slip(lay_out_report(found, labels, columns), columns)

    def _name_day(self) -> None:
        if self._found is not None:
            self._date.setText(self._found.figures.day.isoformat())
            self._date.wrong(False)

    def _scroll(self, by: int) -> None:
        bar = self._figures.verticalScrollBar()
        bar.setValue(bar.value() + by)

    # --- on paper

    def _print(self) -> None:
        if not self._once.again(self._day):
            self._read(self._day, self.context.report_wanted.emit)

    def _pdf(self) -> None:
        self._read(self._day, self._write_pdf)

    def _write_pdf(self, found: ShiftReport) -> None:
        width = self.context.settings.printer.width
        path = self.context.folder / "receipts" / f"{found.job}.pdf"
        try:
            write_pdf(path, lay_out_report(found, load_labels(language()), COLUMNS[width]), COLUMNS[width], width)
        except OSError as error:
            self.context.say("danger", tr("receipts.pdf_failed", reason=error.strerror or str(error)))
        else:
            self.context.say("good", tr("receipts.pdf_done", path=str(path)))
