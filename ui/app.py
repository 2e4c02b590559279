"""The composition root of the window: the only file that knows every part.

Start-up (architecture.md): the login is painted after importing Qt alone; the window's other parts, the actions, the
database and the way to HQ are loaded behind it. So what stands at the top here, and in ``ui.shell``, is light.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from posclient.config import Settings, load_settings
from posclient.errors import PosError
from ui import i18n, theme
from ui.display import application_of
from ui.shell import Shell

#: Platforms of Qt whose windows nobody sees.
UNSEEN = ("offscreen", "minimal")

if TYPE_CHECKING:
    from types import TracebackType

    from posclient.actions.till import Till
    from posclient.db.at_rest import OwnKey
    from ui.shop import Shop


def run(folder: Path, tell: Callable[[PosError], None]) -> int:
    """Open the till on ``folder`` and stay until the window is closed. The exit status: 1 if it could not be opened.

    ``tell`` hears why at once, and so does the window. Where nobody sees windows (offscreen) and another program has
    the folder, there is nothing to stay for.
    """
    with opened(folder, tell) as shop:
        shop.failed.connect(tell)
        shop.failed.connect(_leave_unseen)
        status = QApplication.exec()
        return 1 if shop.failure else status


def _leave_unseen(error: PosError) -> None:
    if error.code == "in_use" and QGuiApplication.platformName() in UNSEEN:
        QApplication.exit(1)


@contextmanager
def opened(folder: Path, tell: Callable[[PosError], None] = lambda _error: None) -> Iterator[Shop]:
    """The whole program on ``folder``: its threads, the window, the way to HQ; all of it closed again at the end."""
    settings, wrong = _settings(folder)
    app = application(settings)
    sys.excepthook = _report
    shell = Shell()
    shell.show_face()

    from posclient.db.at_rest import OwnKey
    from ui.printing import Printing
    from ui.runner import ThreadRunner, finish, share_fairly
    from ui.shop import Shop

    share_fairly()
    own = OwnKey()  # one for the till, its reader and its sync: what is sealed for one is so for all
    till = ThreadRunner("till", lambda: _open(folder, own), _close, _tidy)
    reader = ThreadRunner("reader", lambda: _open_reader(folder, own), _close)
    printer = ThreadRunner("printer", lambda: None, lambda _nothing: None)
    till.start()
    shop = Shop(app, folder, till, reader, settings, shell.panel, own)
    shell.hold(shop.window)
    printing = Printing(shop.context, printer)
    shop.open(with_sync=True)
    printer.start()
    if wrong is not None:
        shop.context.say_error(wrong)
        tell(wrong)
    try:
        yield shop
    finally:
        shop.close()
        finish(till, reader, printer)
        for runner in (printer, reader, till):
            runner.close()
        printing.deleteLater()
        shell.close()


def _settings(folder: Path) -> tuple[Settings, PosError | None]:
    """A till whose file is spoilt sells with the first settings, and says so: nobody at a counter sees a console."""
    try:
        return load_settings(folder), None
    except PosError as error:
        return Settings(), error


def application(settings: Settings) -> QApplication:
    """Qt's application, speaking and looking as the settings say."""
    i18n.use_language(settings.language)
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else application_of(sys.argv[:1])
    app.setApplicationName("posclient")
    theme.use_theme(settings.theme)
    return app


def _open(folder: Path, own: OwnKey) -> Till:
    """In the worker thread: the imports, the lock, the databases."""
    from ui.opening import open_folder

    return open_folder(folder, own)


def _open_reader(folder: Path, own: OwnKey) -> Till:
    from ui.opening import open_folder

    return open_folder(folder, own, read_only=True)


def _close(till: Till) -> None:
    till.close()


def _tidy(till: Till) -> None:
    till.tidy()


def _report(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
    """A bug in a slot does not end the program: log it, tell people, go on."""
    import logging

    from ui.main_window import MainWindow

    logging.getLogger(__name__).error("a bug in the window", exc_info=(kind, value, trace))
    for window in QApplication.allWidgets():
        if isinstance(window, MainWindow):
            window.context.say_error(PosError("bug", reason=f"{kind.__name__}: {value}"))
