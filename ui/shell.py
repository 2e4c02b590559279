"""The window as the desktop sees it: up at once with the login's face; the rest of the program moves in behind it."""

from __future__ import annotations

import time

from PySide6.QtCore import QEventLoop
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from ui.widgets.boxes import column, frame
from ui.widgets.login_panel import LoginPanel

#: A window that is never painted (minimised, another desktop) does not hold the program up for longer (s).
PATIENCE_S = 2.0


class Shell(QMainWindow):
    """``painted_at``: monotonic s of the first paint, 0 before it."""

    def __init__(self) -> None:
        super().__init__()
        self.painted_at = 0.0
        self.panel = LoginPanel()
        self.setProperty("look", "background")
        self.setWindowTitle("posclient")
        self.setMinimumSize(1024, 640)
        self.resize(1366, 768)
        self.setCentralWidget(frame("background", column(self.panel)))
        self.panel.setFocus()

    def show_face(self) -> None:
        """Show, and wait until the login is on screen."""
        self.show()
        self.activateWindow()  # a kiosk without a window manager gives the keys to nobody else
        begin = time.monotonic()
        while not self.painted_at and time.monotonic() - begin < PATIENCE_S:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)

    def hold(self, content: QWidget) -> None:
        """The program itself; the face has found its place in it."""
        self.setCentralWidget(content)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted_at = self.painted_at or time.monotonic()
