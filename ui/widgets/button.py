"""The button: words by id, an icon, and the key that does the same, shown on it (ux.md, keys)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton

from ui import theme
from ui.i18n import tr
from ui.widgets.flags import CENTER, MIDDLE, TAB_FOCUS, elided, set_focus_policy

#: look -> token of its text; what is not here is plain text
INK = {"primary": "on_accent", "danger": "danger", "quiet": "muted", "hint": "muted", "link": "accent", "nav": "muted"}
#: look -> where its words begin; the others stand in the middle
LEFT = {"tile": 16, "link": 4, "row": 0, "person": 16}


class Button(QPushButton):
    """Takes the focus by Tab alone: a touch never moves it away from the scan target.

    ``keycap`` is the key's own name as people read it (``F9``, ``Enter``); empty hides it.
    """

    def __init__(
        self,
        key: str = "",
        look: str = "",
        *,
        icon: str = "",
        keycap: str = "",
        on: Callable[[], None] | None = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.setProperty("look", look)
        set_focus_policy(self, TAB_FOCUS)
        self.setProperty("enter", "own")  # Enter presses it instead of collecting, once Tab has chosen it
        self._look, self._key, self._params, self._icon, self._keycap = look, key, params, icon, keycap
        self.retranslate()
        if on is not None:
            self.clicked.connect(lambda _checked=False: on())

    def say(self, key: str, **params: Any) -> None:
        """Words by id."""
        self._key, self._params = key, params
        self.retranslate()

    def put(self, text: str) -> None:
        """Data."""
        self._key = ""
        self.setText(text)
        self.updateGeometry()

    def set_keycap(self, keycap: str) -> None:
        self._keycap = keycap
        self.updateGeometry()
        self.update()

    def retranslate(self) -> None:
        if self._key:
            self.setText(tr(self._key, **self._params))

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        width = QFontMetrics(self.font()).horizontalAdvance(self.text()) + (14 if self._look == "hint" else 36)
        width += 28 if self._icon else 0
        width += self._cap_width() + 8 if self._keycap else 0
        return QSize(max(theme.size("touch"), width), hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.size("touch"), super().minimumSizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that was chosen by Tab; a scanner's Enter never arrives here."""
        from PySide6.QtCore import Qt

        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_simple():
            super().paintEvent(event)
            if self._icon:
                icon = theme.pixmap(self._icon, self._ink(), 20)
                QPainter(self).drawPixmap((self.width() - 20) // 2, (self.height() - 20) // 2, icon)
            return
        from PySide6.QtWidgets import QStyle, QStyleOptionButton, QStylePainter

        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        if self._look == "nav":
            self._paint_upright(painter)
        else:
            self._paint_line(painter)

    # --- painting

    def _is_simple(self) -> bool:
        """Words alone in the middle, or an icon: the style paints that, and Qt's pens and styles need not be loaded.

        The login's keys are such; a fifth of a bare start would go into those two (``flags``).
        """
        if self._keycap or self._look in LEFT or self._look in ("nav", "hint") or (self._icon and self.text()):
            return False
        return QFontMetrics(self.font()).horizontalAdvance(self.text()) <= self.width() - 24

    def _ink(self) -> str:
        if not self.isEnabled():
            return "on_disabled"
        if self.isChecked():
            return "accent"
        return INK.get(self._look, "text")

    def _paint_upright(self, painter: QPainter) -> None:
        """Icon above words, for the rail."""
        ink, middle = self._ink(), self.rect().center()
        painter.drawPixmap(middle.x() - 11, middle.y() - 24, theme.pixmap(self._icon, ink, 22))
        painter.setPen(theme.colour(ink))
        painter.setFont(theme.font("small", bold=self.isChecked()))
        painter.drawText(self.rect().adjusted(2, 36, -2, -6), CENTER, self.text())

    def _paint_line(self, painter: QPainter) -> None:
        """Icon, words, key; in the middle, or for a tile from the left with the key at the right."""
        tile, ink, metrics = self._look == "tile", self._ink(), QFontMetrics(self.font())
        if self._look == "hint":
            self._paint_hint(painter, ink)
            return
        cap, (room, above) = self._cap_width() if self._keycap else 0, self._room()
        text = elided(metrics, self.text(), room)
        words = metrics.horizontalAdvance(text)
        whole = words + (cap + 10 if cap else 0) + (28 if self._icon and text else 20 if self._icon else 0)
        x = LEFT.get(self._look, (self.width() - whole) // 2)
        if self._icon:
            painter.drawPixmap(x, (self.height() - 20) // 2, theme.pixmap(self._icon, ink, 20))
            x += 28
        painter.setPen(theme.colour(ink))
        painter.setFont(self.font())
        painter.drawText(QRect(x, 0, words + 2, self.height()), MIDDLE, text)
        if cap:
            left = self.width() - (8 if above else 16) - cap if tile else x + words + 10
            self._paint_cap(painter, left, cap, ink, 8 if above else (self.height() - 21) // 2)

    def _room(self) -> tuple[int, bool]:
        """Room for the words in px, and whether the key stands above them: a tile is high, and may be too narrow."""
        room = self.width() - 24 - (28 if self._icon else 0)
        beside = room - (self._cap_width() + 10 if self._keycap else 0)
        above = self._look == "tile" and QFontMetrics(self.font()).horizontalAdvance(self.text()) > beside
        return (room if above else beside), above and bool(self._keycap)

    def _paint_hint(self, painter: QPainter, ink: str) -> None:
        """The key first, as people look for it, then what it does."""
        cap = self._cap_width()
        self._paint_cap(painter, 8, cap, ink, (self.height() - 21) // 2)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour(ink))
        area = self.rect().adjusted(8 + cap + 6, 0, 0, 0)
        text = elided(painter.fontMetrics(), self.text(), area.width())
        painter.drawText(area, MIDDLE, text)

    def _cap_width(self) -> int:
        return max(26, QFontMetrics(theme.font("small", pixels=12)).horizontalAdvance(self._keycap) + 14)

    def _paint_cap(self, painter: QPainter, x: int, width: int, ink: str, y: int) -> None:
        paint_keycap(painter, QRect(x, y, width, 21), self._keycap, ink)


def paint_keycap(painter: QPainter, area: QRect, name: str, ink: str = "muted") -> None:
    """A small key with its name."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    plain = ink in ("muted", "text", "on_disabled")
    edge = theme.colour("line" if plain else ink)
    if not plain:
        edge.setAlpha(130)
    painter.setPen(QPen(edge, 1))
    painter.drawRoundedRect(area.adjusted(0, 0, -1, -1).toRectF().translated(0.5, 0.5), 5, 5)
    painter.setFont(theme.font("small", pixels=12))
    painter.setPen(theme.colour("muted" if ink == "text" else ink))
    painter.drawText(area, CENTER, name)
