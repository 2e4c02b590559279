"""The till in its window: context, window, scan channel and the way to HQ, tied together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from posclient.config import Settings
from posclient.errors import PosError
from ui.context import Context
from ui.holding import Holding
from ui.link import Link
from ui.main_window import MainWindow
from ui.runner import Runner, ThreadRunner, settle
from ui.scan_channel import WindowScanner
from ui.visiting import Visiting

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.db.at_rest import OwnKey
    from posclient.domain.people import Staff
    from sync.running import BackgroundSync
    from ui.screens.screen import Screen
    from ui.widgets.login_panel import LoginPanel

_log = logging.getLogger(__name__)

#: Heavy imports (sqlalchemy for the first commit, httpx and pydantic for HQ) begin only when the till has long answered
#: its first key (ms).
HEAVY_AFTER_MS = 700
#: After this the way to HQ is tried again, where it could not be opened (ms).
AGAIN_MS = 30_000
#: How often the strip asks the till what is unsent and how old its data are (ms).
STATUS_MS = 5000
#: Work that lasts longer than this or twice this is shown as such (ms).
BUSY_MS = 300
#: A till that is not open by then is bringing its data up to date, as the first start after an update may (ms).
OPENING_LASTS_MS = 2000
#: Imported while nobody waits. The drawer waits until the slip is drawn: a hundredth of a second, but for these.
WANTED_SOON = (
    "posclient.db.rows", "posclient.actions.receipts", "posclient.domain.receipt_layout", "posclient.devices.drawer",
    "posclient.devices.receipt_labels", "barcode.codex", "posclient.domain.pricing.blocks", "nacl.bindings",
    "nacl.signing",
)  # fmt: skip


class Shop(QObject):
    """One window with its context and its scan channel; tests build it with inline runners. ``own`` is the tills' too.

    ``failed``: the data folder cannot be opened; the window says why, and ``failure`` keeps it.
    """

    failed = Signal(object)  # PosError

    def __init__(
        self,
        app: QApplication,
        folder: Path,
        till: Runner,
        reader: Runner,
        settings: Settings,
        face: LoginPanel | None = None,
        own: OwnKey | None = None,
    ) -> None:
        super().__init__()
        self.context = Context(folder, till, reader, settings)
        self.window = MainWindow(self.context, PLACES, face)
        self.scanner = WindowScanner(app, self.window, self.window.on_scan, self.window.on_key)
        self.context.is_fresh, self.context.last_touch = self.scanner.is_fresh, self.scanner.last_touch
        self.link = Link(self.context, folder, own)
        self.holding = Holding(self.context, self.link)
        self.visiting = Visiting(self.context, self.link)
        self.link.refreshed.connect(self._data_came)
        self._reader, self._with_sync = reader, False
        self.failure: PosError | None = None
        self._clock = QTimer(self, interval=STATUS_MS)
        self._clock.timeout.connect(self.ask_status)
        self._patience = QTimer(self, singleShot=True, interval=OPENING_LASTS_MS)
        self._patience.timeout.connect(self.window.login.opening_lasts)
        self._was_busy = False
        self._watch = QTimer(self, interval=BUSY_MS)
        self._watch.timeout.connect(self._show_busy)
        self._watch.start()
        self.context.sold.connect(lambda _done: self.ask_status())
        self.context.staff_changed.connect(self._staff_changed)

    def _show_busy(self) -> None:
        """Work that lasts is shown; a scan is over before anybody looks."""
        self.window.strip.show_busy(self._was_busy and self.context.busy)
        self._was_busy = self.context.busy

    def close(self) -> None:
        """Close the window and let go of the program's keys."""
        for timer in (self._watch, self._clock, self._patience):
            timer.stop()
        self.holding.stop()
        self.link.stop()
        self.scanner.stop()
        self.window.close()
        self.window.deleteLater()  # with its timers: nothing asks a till that is closed

    def open(self, *, with_sync: bool) -> None:
        """Load the till behind the login; then its staff can be chosen, and the way to HQ is opened."""
        self._with_sync = with_sync
        self._patience.start()
        self._look()

    def _look(self) -> None:
        def first_look(till: Till) -> tuple[tuple[Staff, ...], str]:
            """Not the whole status, which looks through what nobody needs for a sale."""
            till.reference.refresh()
            return _staff(till), till.reference.store_name

        self.context.do(first_look, self._opened, self._not_opened)

    def ask_status(self) -> None:
        """Fresh figures for the strip."""

        def look(till: Till) -> Any:
            from posclient.actions import status

            return status.status(till)

        self.context.read(look, self.context.show_status, lambda _error: None)

    def _not_opened(self, error: PosError) -> None:
        self.failure = error
        self._patience.stop()
        self.window.strip.hide()  # it would speak of a link that nobody will make
        self.window.login.opening_failed(error)
        self.failed.emit(error)

    def _opened(self, answer: tuple[tuple[Staff, ...], str]) -> None:
        self.failure = None
        self._patience.stop()
        self.window.strip.show()
        self.window.login.ready(*answer)
        if self._clock.isActive():
            return
        if isinstance(self._reader, ThreadRunner):
            self._reader.start()
        self.context.read(partial(_imported, "posclient.actions.checkout"), lambda _module: _import_sale_screen())
        self.ask_status()
        self._clock.start()
        if self._with_sync:
            QTimer.singleShot(HEAVY_AFTER_MS, self, self._load_the_rest)

    def _load_the_rest(self) -> None:
        """What the first payment with its drawer and slip, the first member and one with many coupons need, then the
        way to HQ: no key has to wait for an import.
        """
        for module in WANTED_SOON:
            self.context.read(partial(_imported, module), lambda _module: None)

        self._open_link()

    def _open_link(self) -> None:
        """There is no other start before the program's next: what fails now is tried until it goes, and no fact waits
        a day for it.
        """

        def begin(sync: BackgroundSync) -> None:
            self.link.begin(sync)
            settle()

        def again(error: PosError) -> None:
            _log.info("the way to HQ cannot be opened yet: %s", error)
            QTimer.singleShot(AGAIN_MS, self, self._open_link)

        self.context.read(lambda _till: self.link.prepare(), begin, again)

    def _data_came(self) -> None:
        """After a cycle: fresh figures; and whoever waits at an empty login can go on, or finds their name there."""
        self.ask_status()
        if not self.window.login.has_staff:
            self._look()
        elif self.context.staff is None:
            self._ask_staff()

    def _ask_staff(self) -> None:
        """Who may log in by now: the till runs for weeks, and people come and go."""
        self.context.read(_staff, self.window.login.renew, lambda _error: None)

    def _staff_changed(self, staff: Staff | None) -> None:
        """Locked: tell the till. Logged in: the cart is still there, also after a restart."""
        if staff is None:
            self.context.do(_log_out)
            self._ask_staff()
        else:
            self.context.change_cart(_view)


def _sale(context: Context) -> Screen:
    from ui.screens.sale import SaleScreen

    return SaleScreen(context)


def _valet(context: Context) -> Screen:
    from ui.screens.valet import ValetScreen

    return ValetScreen(context)


def _care(context: Context) -> Screen:
    from ui.screens.care import CareScreen

    return CareScreen(context)


def _report(context: Context) -> Screen:
    from ui.screens.report import ReportScreen

    return ReportScreen(context)


def _settings(context: Context) -> Screen:
    from ui.screens.settings import SettingsScreen

    return SettingsScreen(context)


def _import_sale_screen() -> None:
    """In the GUI thread, like all that uses Qt: PySide crashes where another thread imports such a module while this
    one handles events. What is heavy behind it has no Qt, and the reader has loaded it.
    """
    import_module("ui.screens.sale")


def _imported(module: str, _till: object) -> object:
    return import_module(module)


PLACES: dict[str, Callable[[Context], Screen]] = {
    "sale": _sale, "valet": _valet, "care": _care, "report": _report, "settings": _settings,
}  # fmt: skip


def _log_out(till: Till) -> None:
    from posclient.actions import login

    login.log_out(till)


def _staff(till: Till) -> tuple[Staff, ...]:
    from posclient.actions import login

    return login.staff(till)


def _view(till: Till) -> Any:
    from posclient.actions import checkout

    return checkout.view(till)
