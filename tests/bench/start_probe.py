"""One start of a window, timed from the start of the process: ``bare`` PySide6, or the till on a data folder.

Prints JSON: milliseconds to the first paint, and for the till to the first scan answered; peak memory in MB.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def since_start_ms() -> float:
    """Milliseconds since this process was started, by the operating system's own record."""
    ticks = float(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")) * 1000


def peak_mb() -> float:
    """Of this program alone: ``ru_maxrss`` would count what the process was before it became it, the test run."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def bare() -> dict[str, float]:
    """The smallest window that paints a Chinese text, as each till here must."""
    from PySide6.QtGui import QFont
    from PySide6.QtWidgets import QApplication, QLabel

    app = QApplication([])
    window = QLabel("登录")
    font = QFont(["Noto Sans CJK SC", "Microsoft YaHei UI", "PingFang SC", "WenQuanYi Micro Hei", "sans-serif"])
    font.setPixelSize(28)
    window.setFont(font)
    window.resize(1366, 768)
    painted: list[float] = []
    watcher = _first_paint(window, painted)
    window.show()
    while not painted:
        app.processEvents()
    del watcher
    return {"painted": painted[0], "peak_mb": peak_mb()}


def till(folder: Path, staff: str, pin: str, code: str, stay_s: float = 0.0) -> dict[str, float]:
    """The real program: the login painted, then logged in and scanned as soon as the till answers.

    ``stay_s``: how long it stays afterwards, so that what is loaded later counts in the memory.
    """
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from ui import shell
    from ui.app import opened

    painted: list[float] = []
    watchers = []
    show = shell.Shell.show_face

    def watched(self: shell.Shell) -> None:
        watchers.append(_first_paint(self.panel, painted))
        show(self)
        QApplication.processEvents()

    shell.Shell.show_face = watched  # type: ignore[method-assign]
    scanned: list[float] = []
    with opened(folder) as shop:

        def answered(_result: object) -> None:
            scanned.append(since_start_ms())
            shop.context.do(_void, voided)

        def voided(_view: object) -> None:
            QTimer.singleShot(round(stay_s * 1000), QApplication.quit)

        shop.context.do(lambda opened_till: _log_in_and_scan(opened_till, staff, pin, code), answered)
        QApplication.exec()
    return {"painted": painted[0], "scanned": scanned[0], "peak_mb": peak_mb()}


def _first_paint(widget: Any, painted: list[float]) -> Any:
    """Notes when the event loop comes by after the widget's first paint: then all of the window is painted."""
    from PySide6.QtCore import QEvent, QObject, QTimer

    class Watcher(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt names it
            if event.type() is QEvent.Type.Paint:
                widget.removeEventFilter(self)
                QTimer.singleShot(0, lambda: painted.append(since_start_ms()))
            return False

    watcher = Watcher()
    widget.installEventFilter(watcher)
    return watcher


def _log_in_and_scan(opened_till: Any, staff: str, pin: str, code: str) -> Any:
    from posclient.actions import checkout, login

    login.log_in(opened_till, pin, staff)
    result = checkout.scan(opened_till, code)
    assert result.kind.value == "product", result
    return result


def _void(opened_till: Any) -> Any:
    from posclient.actions import checkout

    return checkout.void(opened_till, "measured")


if __name__ == "__main__":
    kind, *words = sys.argv[1:]
    print(json.dumps(bare() if kind == "bare" else till(Path(words[0]), words[1], words[2], words[3], float(words[4]))))
