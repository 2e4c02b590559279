"""The composition root of the window: the only file that knows every part.

Start-up (architecture.md): the login is painted after importing Qt alone; the actions, the database and the way to HQ
are loaded behind it, in the worker thread.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from posclient.config import Settings, load_settings
from posclient.errors import PosError
from ui import i18n, theme
from ui.context import Context
from ui.link import Link
from ui.main_window import MainWindow
from ui.printing import Printing
from ui.runner import Runner, ThreadRunner
from ui.scan_channel import WindowScanner

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.domain.people import Staff
    from ui.screens.screen import Screen

_log = logging.getLogger(__name__)
#: How often the strip asks the till what is unsent and how old its data are (ms).
STATUS_MS = 5000


def run(folder: Path) -> int:
    """Open the till on ``folder`` and stay until the window is closed. The exit status."""
    with opened(folder):
        return QApplication.exec()


@contextmanager
def opened(folder: Path) -> Iterator[Shop]:
    """The whole program on ``folder``: its threads, the window, the way to HQ; all of it closed again at the end."""
    settings = load_settings(folder)
    app = application(settings)
    sys.excepthook = _report
    till = ThreadRunner("till", lambda: _open(folder), _close)
    reader = ThreadRunner("reader", lambda: _open_reader(folder), _close)
    printer = ThreadRunner("printer", lambda: None, lambda _nothing: None)
    shop = Shop(app, folder, till, reader, settings)
    printing = Printing(shop.context, printer)
    shop.window.show()
    shop.open(with_sync=True)
    _after_first_paint(shop.window, till.start)
    printer.start()
    try:
        yield shop
    finally:
        shop.close()
        for runner in (printer, reader, till):
            runner.close()
        printing.deleteLater()


def application(settings: Settings) -> QApplication:
    """Qt's application, speaking and looking as the settings say."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("posclient")
    i18n.use_language(settings.language)
    theme.use_theme(settings.theme)
    return app


class Shop(QObject):
    """One window with its context and its scan channel; tests build it with inline runners."""

    def __init__(self, app: QApplication, folder: Path, till: Runner, reader: Runner, settings: Settings) -> None:
        super().__init__()
        self.context = Context(folder, till, reader, settings)
        self.window = MainWindow(self.context, PLACES)
        self.scanner = WindowScanner(app, self.window.on_scan, self.window.on_key)
        self.context.is_fresh = self.scanner.is_fresh
        self.link = Link(self.context, folder)
        self.link.refreshed.connect(self._data_came)
        self._reader, self._with_sync = reader, False
        self._clock = QTimer(self, interval=STATUS_MS)
        self._clock.timeout.connect(self.ask_status)
        self.context.sold.connect(lambda _done: self.ask_status())
        self.context.staff_changed.connect(self._staff_changed)

    def close(self) -> None:
        """Close the window and let go of the program's keys."""
        self._clock.stop()
        self.link.stop()
        self.scanner.stop()
        self.window.close()
        self.window.deleteLater()  # with its timers: nothing asks a till that is closed

    def open(self, *, with_sync: bool) -> None:
        """Load the till behind the login; then its staff can be chosen, and the way to HQ is opened."""
        self._with_sync = with_sync
        self._look()

    def _look(self) -> None:

        def first_look(till: Till) -> tuple[tuple[Staff, ...], str]:
            from posclient.actions import login, status

            return login.staff(till), status.status(till).store_name

        self.context.do(first_look, self._opened, self.window.login.opening_failed)

    def ask_status(self) -> None:
        """Fresh figures for the strip."""

        def look(till: Till) -> Any:
            from posclient.actions import status

            return status.status(till)

        self.context.read(look, self.context.show_status, lambda _error: None)

    def _opened(self, answer: tuple[tuple[Staff, ...], str]) -> None:
        self.window.login.ready(*answer)
        if self._clock.isActive():
            return
        if isinstance(self._reader, ThreadRunner):
            self._reader.start()
        self.context.read(lambda _till: _warm_up(), lambda _none: None)
        self.ask_status()
        self._clock.start()
        if self._with_sync:
            self.context.read(lambda _till: self.link.prepare(), self.link.begin)

    def _data_came(self) -> None:
        """After a cycle: fresh figures; and whoever waits at an empty login can go on."""
        self.ask_status()
        if not self.window.login.has_staff:
            self._look()

    def _staff_changed(self, staff: Staff | None) -> None:
        """Locked: tell the till. Logged in: the cart is still there, also after a restart."""
        if staff is None:
            self.context.do(_log_out)
        else:
            self.context.change_cart(_view)


def _sale(context: Context) -> Screen:
    from ui.screens.sale import SaleScreen

    return SaleScreen(context)


def _valet(context: Context) -> Screen:
    from ui.screens.valet import ValetScreen

    return ValetScreen(context)


def _settings(context: Context) -> Screen:
    from ui.screens.settings import SettingsScreen

    return SettingsScreen(context)


PLACES: dict[str, Callable[[Context], Screen]] = {"sale": _sale, "valet": _valet, "settings": _settings}


def _log_out(till: Till) -> None:
    from posclient.actions import login

    login.log_out(till)


def _view(till: Till) -> Any:
    from posclient.actions import checkout

    return checkout.view(till)


def _open(folder: Path) -> Till:
    """In the worker thread: the imports, the lock, the databases."""
    from ui.opening import open_folder

    return open_folder(folder)


def _warm_up() -> None:
    """While a person types a PIN: load what the first sale needs, so that no key waits for an import."""
    import posclient.db.rows
    import ui.screens.sale  # noqa: F401


def _open_reader(folder: Path) -> Till:
    from ui.opening import open_folder

    return open_folder(folder, read_only=True)


def _close(till: Till) -> None:
    till.close()


class _FirstPaint(QObject):
    """Calls once, after the first paint of a window."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self._then: Callable[[], object] | None = then

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and self._then is not None:
            then, self._then = self._then, None
            QTimer.singleShot(0, then)
        return False


def _after_first_paint(window: MainWindow, then: Callable[[], object]) -> None:
    watcher = _FirstPaint(then)
    watcher.setParent(window.login)
    window.login.installEventFilter(watcher)


def _report(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
    """A bug in a slot does not end the program: log it, tell people, go on."""
    _log.error("a bug in the window", exc_info=(kind, value, trace))
    app = QApplication.instance()
    for window in app.topLevelWidgets() if isinstance(app, QApplication) else ():
        if isinstance(window, MainWindow):
            window.context.say_error(PosError("bug", reason=f"{kind.__name__}: {value}"))
