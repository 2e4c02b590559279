"""The middle of the window: one screen, and at most a few pages that slide over it."""

from __future__ import annotations

from PySide6.QtCore import QAbstractAnimation, QEasingCurve, QPoint, QPropertyAnimation, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ui import theme

SLIDE_MS = 120
#: Of 255: what lies under it is still read, and looks as if it rests.
VEIL = 80
#: A finger that bounces comes down again so near (px).
NEAR = 32


class Shield(QWidget):
    """What lies under it is not touched."""

    def __init__(self, stage: QWidget) -> None:
        super().__init__(stage)
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ends here."""
        event.accept()


class Veil(Shield):
    """Over what a narrow page leaves uncovered: that is to be seen alone, keys and touches are for the page."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        colour = QColor(theme.colour("background"))
        colour.setAlpha(VEIL)
        QPainter(self).fillRect(self.rect(), colour)


class Stage(QWidget):
    """Knows geometry alone. ``left_area`` is where messages may stand, ``resized`` says that it has changed."""

    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._screen: QWidget | None = None
        self._pages: list[tuple[QWidget, bool]] = []
        self._veil, self._side = Veil(self), 0
        self._bounce = Shield(self)
        self._breath = QTimer(self, singleShot=True)
        self._breath.timeout.connect(self._bounce.hide)
        self.animated = True

    def set_screen(self, screen: QWidget, side: int) -> None:
        """Show ``screen``, whose right ``side`` px are not covered by narrow pages."""
        if self._screen is not None and self._screen is not screen:
            self._screen.hide()
        self._screen, self._side = screen, side
        screen.setParent(self)
        screen.setGeometry(self.rect())
        screen.show()
        screen.lower()

    def push(self, page: QWidget, wide: bool) -> None:
        """Slide a page in from the right."""
        page.setParent(self)
        self._pages.append((page, wide))
        end = self._area(page, wide)
        page.setGeometry(end)
        self._veil.raise_()
        self._veil.show()
        page.show()
        page.raise_()
        if self.animated:
            slide = QPropertyAnimation(page, b"pos", page)
            slide.setDuration(SLIDE_MS)
            slide.setEasingCurve(QEasingCurve.Type.OutCubic)
            slide.setStartValue(end.topLeft() + QPoint(48, 0))
            slide.setEndValue(end.topLeft())
            slide.start(QAbstractAnimation.DeletionPolicy.DeleteWhenStopped)

    def remove(self, page: QWidget) -> None:
        """Out of sight; whoever made it lets it go."""
        self._pages = [one for one in self._pages if one[0] is not page]
        page.hide()
        self._veil.setVisible(bool(self._pages))
        if self._pages:
            self._veil.stackUnder(self._pages[-1][0])

    def rest_at(self, spot: QPoint | None, seconds: float) -> None:
        """A touch there, on the screen, has put a page away: its double is not for what lies there (T-15)."""
        if spot is not None:
            self._bounce.setGeometry(QRect(self.mapFromGlobal(spot) - QPoint(NEAR, NEAR), QSize(2 * NEAR, 2 * NEAR)))
            self._bounce.show()
            self._bounce.raise_()
            self._breath.start(round(seconds * 1000))

    def left_area(self, side: int) -> QRect:
        """Above the foot of the left side, clear of the ``side`` px at the right where the amount due stands."""
        return self.rect().adjusted(20, 0, -side - 16, -56)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        if self._screen is not None:
            self._screen.setGeometry(self.rect())
        self._veil.setGeometry(self.rect())
        for page, wide in self._pages:
            page.setGeometry(self._area(page, wide))
        self.resized.emit()

    def _area(self, page: QWidget, wide: bool) -> QRect:
        """Beside the right side, unless that is too little for the words of its buttons."""
        beside = self.rect().adjusted(0, 0, -self._side, 0)
        return self.rect() if wide or page.sizeHint().width() > beside.width() else beside
