"""Paper and drawer, after the sale is safe: in a thread of their own, so that a slow printer never delays a scan.

What fails is said with what to do; the sale stands whatever the printer does (architecture.md, one scan one way).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from posclient.errors import PosError
from ui.context import Context
from ui.i18n import language, tr
from ui.runner import Runner
from ui.sentences import sentence

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.actions.views import SaleDone
    from posclient.config import PrinterSettings
    from posclient.domain.receipt import ReceiptData
    from posclient.domain.shift_report import ShiftReport
    from posclient.domain.slip_rows import Element

    LayOut = Callable[[Mapping[str, str], int], Iterable[Element]]

#: Number and name of the test slip.
TEST = "TEST"


class Printing(QObject):
    """Listens to the context; ``runner`` opens nothing and does one job after the other."""

    def __init__(self, context: Context, runner: Runner) -> None:
        super().__init__()
        self._context, self._runner = context, runner
        self._opening = ""  # the sale that is to open the drawer yet
        context.receipt_wanted.connect(self.print_receipt)
        context.receipt_declined.connect(self._declined)
        context.report_wanted.connect(self.print_report)
        context.test_slip_wanted.connect(self.print_test)
        context.drawer_wanted.connect(self.open_drawer)
        context.sold.connect(self._sold)

    def print_receipt(self, sale: str, copy: bool) -> None:
        """A slip of a stored sale, or its copy. The slip of one that was just made opens the drawer."""
        opens = self._take_opening(sale)

        def look(till: Till) -> ReceiptData:
            from posclient.actions import receipts

            return receipts.receipt(till, sale, copy=copy)

        def unread(error: PosError) -> None:
            if opens:
                self._kick(_done)
            self._context.say_error(error)

        self._context.read(look, lambda data: self._print(sale, data, opens=opens), unread)

    def print_report(self, report: ShiftReport) -> None:
        """The slip of a shift's reading."""
        settings, words = self._context.settings.printer, language()

        def draw() -> bytes:
            from posclient.domain.shift_layout import lay_out_report

            return slip(lambda labels, columns: lay_out_report(report, labels, columns), settings, words)

        self._send(report.job, draw, self._report_printed, "report.again")

    def _report_printed(self, printed: object) -> None:
        self._context.say(*(("good", tr("report.printed")) if printed else ("warning", tr("report.no_printer"))))

    def print_test(self) -> None:
        """What shows whether this printer's paper and encoding are set as it is (T-64)."""
        settings, words = self._context.settings.printer, language()

        def draw() -> bytes:
            from posclient.domain.receipt_layout import lay_out_test

            return slip(lambda labels, columns: lay_out_test(labels, columns, TEST), settings, words)

        self._send(TEST, draw, lambda _printed: self._context.say("info", tr("settings.test_done")), "")

    def open_drawer(self) -> None:
        """The drawer without a sale; who did it is in the audit already."""
        self._kick(self._drawer_opened)

    def _drawer_opened(self, opened: bool) -> None:
        if not opened:
            self._context.say("warning", tr("drawer.no_printer"))

    def _kick(self, done: Callable[[bool], None]) -> None:
        """``done`` hears whether there is a printer that a drawer could hang on."""
        settings, folder = self._context.settings.printer, self._context.folder

        def work(_nothing: object) -> bool:
            from posclient.devices.drawer import kick
            from posclient.devices.printer import printer_of

            return kick(printer_of(settings, folder))

        self._runner.run(work, done, self._failed(""))

    def _sold(self, done: SaleDone) -> None:
        """The drawer waits for the word about paper, which comes at once: its pulse goes with the slip."""
        self._opening = done.sale_id if done.kick_drawer else ""

    def _declined(self, sale: str) -> None:
        """A till without a printer opens its drawer by hand, and is not told so with each sale."""
        if self._take_opening(sale):
            self._kick(_done)
        self._note_printed(sale)

    def _take_opening(self, sale: str) -> bool:
        """Is this the sale that is to open the drawer? Once."""
        if sale != self._opening:
            return False
        self._opening = ""
        return True

    def _print(self, sale: str, data: ReceiptData, *, opens: bool) -> None:
        settings, words = self._context.settings.printer, language()

        def draw() -> bytes:
            from posclient.domain.receipt_layout import lay_out

            return slip(lambda labels, columns: lay_out(data, labels, columns), settings, words)

        self._send(data.number, draw, lambda printed: self._printed(sale, printed=printed), "print.again", opens=opens)

    def _send(
        self, job: str, draw: Callable[[], bytes], done: Callable[[bool], None], again: str, *, opens: bool = False
    ) -> None:
        """Draw and print in the printer's thread; ``done`` hears whether there is a printer, ``again`` says how to get
        what did not come out. ``opens``: the drawer first.
        """
        settings, folder = self._context.settings.printer, self._context.folder

        def work(_nothing: object) -> bool:
            from posclient.devices.drawer import kick_and_print
            from posclient.devices.printer import printer_of

            printer = printer_of(settings, folder)
            if printer is not None and opens:
                kick_and_print(printer, job, draw)
            elif printer is not None:
                printer.send(job, draw())
            return printer is not None

        self._runner.run(work, done, self._failed(again))

    def _printed(self, sale: str, *, printed: bool) -> None:
        """Without a printer nothing came out."""
        if printed:
            self._note_printed(sale)

    def _note_printed(self, sale: str) -> None:
        """So that the next slip says that it is a copy (T-63), and that nobody looks for one that was not wanted."""

        def note(till: Till) -> None:
            from posclient.actions import receipts

            receipts.printed(till, sale)

        self._context.do(note)

    def _failed(self, again: str) -> Callable[[PosError], None]:
        """Never the sale's fault: said as a warning, with the way to try again, if there is one."""

        def say(error: PosError) -> None:
            self._context.tones.play("attention")
            self._context.say("warning", f"{sentence(error)} {tr(again)}" if again else sentence(error))

        return say


def slip(lay_out: LayOut, settings: PrinterSettings, words: str) -> bytes:
    """The printer's bytes of what ``lay_out`` makes of the labels and the columns."""
    from posclient.devices.escpos import Paper, slip_bytes
    from posclient.devices.receipt_labels import load_labels

    paper = Paper(settings.width, settings.encoding)
    return slip_bytes(lay_out(load_labels(words), paper.columns), paper)


def _done(_answer: object) -> None:
    """Paper speaks for itself."""
