"""One start of a window, timed from the start of the process: ``bare`` PySide6, or the till on a data folder.

Prints JSON: milliseconds to the first paint, and for the till to the first scan answered; peak memory in MB.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any


def since_start_ms() -> float:
    """Milliseconds since this process was started, by the operating system's own record."""
    ticks = float(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")) * 1000


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bare() -> dict[str, float]:
    """The smallest window that paints a text."""
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QLabel

    found: dict[str, float] = {}

    class Window(QLabel):
        def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt names it
            super().paintEvent(event)
            found.setdefault("painted", since_start_ms())
            app.quit()

    app = QApplication([])
    window = Window("bare")
    window.resize(1366, 768)
    window.show()
    app.exec()
    return found | {"peak_mb": peak_mb()}


def till(folder: Path, pin: str, code: str) -> dict[str, float]:
    """The real program: the login painted, then logged in and scanned as soon as the till answers."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QApplication

    from ui.app import opened

    found: dict[str, float] = {}

    class FirstPaint(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt names it
            if event.type() is QEvent.Type.Paint:
                found.setdefault("painted", since_start_ms())
            return False

    with opened(folder) as shop:
        watcher = FirstPaint()
        shop.window.login.installEventFilter(watcher)

        def answered(_result: object) -> None:
            found["scanned"] = since_start_ms()
            QApplication.quit()

        shop.context.do(lambda opened_till: _log_in_and_scan(opened_till, pin, code), answered)
        QApplication.exec()
    return found | {"peak_mb": peak_mb()}


def _log_in_and_scan(opened_till: Any, pin: str, code: str) -> Any:
    from posclient.actions import checkout, login

    login.log_in(opened_till, pin)
    result = checkout.scan(opened_till, code)
    assert result.kind.value == "product", result
    checkout.void(opened_till, "measured")
    return result


if __name__ == "__main__":
    print(json.dumps(bare() if sys.argv[1] == "bare" else till(Path(sys.argv[2]), sys.argv[3], sys.argv[4])))
