"""A slip on screen, as the printer draws it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from posclient.domain.slip_rows import Element
from ui.slip import Slip

SLIP_WIDTH = 400


class SlipView(QWidget):
    """White paper, in dark looks too."""

    def __init__(self) -> None:
        super().__init__()
        self.slip: Slip | None = None

    def show_slip(self, elements: tuple[Element, ...], columns: int) -> None:
        self.slip = Slip(elements, columns, SLIP_WIDTH)
        self.setFixedSize(QSize(SLIP_WIDTH, int(self.slip.height) + 1))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.slip is not None:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
            painter.fillRect(self.rect(), Qt.GlobalColor.white)
            self.slip.paint(painter)


def paper(view: SlipView) -> QScrollArea:
    """The view with room to scroll in."""
    area = QScrollArea(widgetResizable=False, alignment=Qt.AlignmentFlag.AlignHCenter)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(view)
    return area
