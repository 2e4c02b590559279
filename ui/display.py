"""Qt's application, or one sentence that says why there can be none: no display, or no way to it.

Qt writes five lines and aborts then (status 134, a core file). Its last message comes before the abort, so that is
where the program ends by itself; this holds for every way to have no display, on every system.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from posclient.errors import DeviceError
from ui.sentences import sentence


def application_of(words: Sequence[str]) -> QApplication:
    """A new application. Where Qt cannot make one, the process ends with status 1."""
    said: list[str] = []

    def hear(kind: QtMsgType, _where: QMessageLogContext, text: str) -> None:
        if kind is QtMsgType.QtFatalMsg:
            _end(said)
        said.append(text)

    before = qInstallMessageHandler(hear)
    app = QApplication(list(words))
    qInstallMessageHandler(before)
    for text in said:
        _tell(text)
    return app


def _end(said: Sequence[str]) -> None:
    """Nothing can be raised through Qt: say it and leave. ``said`` before names the reason, if anything does."""
    reason = next((text.strip() for text in said if text.strip()), "-")
    _tell(f"posclient: {sentence(DeviceError('no_display', detail=reason))}")
    os._exit(1)


def _tell(text: str) -> None:
    """A program of Windows without a console has no standard error."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
