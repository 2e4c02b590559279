"""Cash opens the drawer and prints its slip at once, whatever the printer does with its end of the line."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt

from posclient.actions import receipts
from posclient.config import PrinterSettings
from posclient.devices.escpos import drawer_pulse
from posclient.errors import DataError
from tests.ui.conftest import Counter
from tests.ui.test_late_answers import failing, hear
from tests.ui.test_what_did_not_print import OFF
from ui.printing import Printing
from ui.runner import InlineRunner

ENTER, F11 = Qt.Key.Key_Return, Qt.Key.Key_F11
SHIRT, CUT = "A001-RED-110", b"\x1dV\x42\x00"


class Open:
    """A network printer that closes no job by itself, as some do not; ``jobs``: bytes and the time of the first.

    What it need not show any more it closes in the end, else each test would take as long as the till listens.
    """

    def __init__(self, is_over: Callable[[bytes], bool]) -> None:
        self.is_over = is_over
        self.jobs: list[tuple[float, bytes]] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.lines: list[socket.socket] = []
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def settings(self) -> PrinterSettings:
        return PrinterSettings(kind="network", host="127.0.0.1", port=self.listener.getsockname()[1])

    def serve(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:  # the test is over
                return
            self.lines.append(line)
            threading.Thread(target=self.take, args=(line,), daemon=True).start()

    def take(self, line: socket.socket) -> None:
        job, began = b"", 0.0
        while piece := line.recv(65536):
            began = began or time.monotonic()
            job += piece
        self.jobs.append((began, job))
        if self.is_over(job):
            for one in self.lines:
                one.close()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.lines:
            one.close()

    @property
    def paper(self) -> list[bytes]:
        """The jobs, in the order of their first bytes."""
        return [job for _began, job in sorted(self.jobs)]


@pytest.fixture
def printer(selling: Counter) -> Iterator[Open]:
    """The till prints there, at once."""
    printing, made = Printing(selling.shop.context, InlineRunner(None)), Open(lambda _job: True)
    selling.shop.context.change_settings(printer=made.settings)
    yield made
    made.close()
    printing.deleteLater()


def cash(counter: Counter) -> float:
    """When the sale was made."""
    made: list[float] = []
    counter.shop.context.sold.connect(lambda _done: made.append(time.monotonic()))
    counter.scan(counter.gtin(SHIRT))
    for _ in range(3):
        counter.press(ENTER)
    return made[0]


def test_a_slip_does_not_wait_behind_the_drawer(selling: Counter, printer: Open) -> None:
    """T-66: a printer that does not close its side held the slip back for three seconds."""
    printer.is_over = lambda job: CUT in job
    made = cash(selling)
    began, slip = next((began, job) for began, job in printer.jobs if CUT in job)
    assert began - made < 1
    assert printer.paper == [slip], "one job, one connection"
    assert slip.startswith(drawer_pulse())
    assert slip.count(drawer_pulse()) == 1


def test_a_copy_opens_no_drawer(selling: Counter, printer: Open) -> None:
    """T-65: neither does the slip of a sale that was made before."""
    cash(selling)
    selling.press(F11)
    selling.press(ENTER)
    assert [(drawer_pulse() in job, CUT in job) for job in printer.paper] == [(True, True), (False, True)]


def test_a_drawer_needs_no_slip(selling: Counter, printer: Open) -> None:
    """T-65: Ctrl+P settles without one."""
    selling.scan(selling.gtin(SHIRT))
    selling.press(ENTER)
    selling.press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert printer.paper == [drawer_pulse()]


def test_it_opens_where_the_slip_cannot_be_read(
    selling: Counter, printer: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The money is to go somewhere, whatever the disk does."""
    heard = hear(selling)
    monkeypatch.setattr(receipts, "receipt", failing(DataError("busy")))
    cash(selling)
    assert printer.paper == [drawer_pulse()]
    assert [one.kind for one in heard if one.kind == "danger"] == ["danger"]


def test_one_sale_opens_it_once(selling: Counter, printer: Open) -> None:
    """T-65: not again with what comes later of its paper."""
    context = selling.shop.context
    cash(selling)
    sale = selling.till.db.execute("SELECT id FROM sale").fetchone()[0]
    context.receipt_wanted.emit(sale, False)
    context.receipt_declined.emit(sale)
    assert [drawer_pulse() in job for job in printer.paper] == [True, False]


@pytest.mark.usefixtures("printer")
def test_a_printer_that_is_off_is_told_once(selling: Counter) -> None:
    """With the way to get the slip; the drawer and the slip said so each."""
    selling.shop.context.change_settings(printer=OFF)
    heard = hear(selling)
    cash(selling)
    warned = [one.text for one in heard if one.kind == "warning"]
    assert len(warned) == 1
    assert "F11" in warned[0]
