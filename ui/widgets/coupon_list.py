"""The member's coupons: which are used, which not and why; a touch or Space turns the choice."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from ui import theme
from ui.models.coupon_rows import CouponModel, CouponRow

ROW = 60
GAP = 6
#: Room for the scroll bar at the right, kept free while there is none: the cards keep their width.
BAR = 10
PRESS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
#: A used one is kept, or any left out, without turning.
DIRECT = {Qt.Key.Key_Plus: "pinned", Qt.Key.Key_Minus: "excluded"}


class CouponDelegate(QStyledItemDelegate):
    """A card a row: a mark, the name, the reason below, the amount at the right."""

    def __init__(self, model: CouponModel) -> None:
        super().__init__()
        self._model = model
        self.restyle()

    def restyle(self) -> None:
        self._body, self._strong, self._small = theme.font("body"), theme.font("body", bold=True), theme.font("small")
        names = ("text", "muted", "good", "good_soft", "line", "surface", "accent", "danger", "on_accent")
        self._ink = {name: theme.colour(name) for name in names}

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        if index.row() >= len(self._model.rows):
            return
        row = self._model.rows[index.row()]
        view = option.widget  # type: ignore[attr-defined,unused-ignore]
        area: QRect = option.rect  # type: ignore[attr-defined,unused-ignore]
        focused = isinstance(view, CouponList) and view.hasFocus() and view.currentIndex().row() == index.row()
        bar = isinstance(view, CouponList) and view.verticalScrollBar().isVisible()
        card = area.adjusted(0, 0, -1 if bar else -1 - BAR, -GAP - 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "accent" if focused else "good" if row.used else "line"
        painter.setPen(QPen(self._ink[edge], 2 if focused else 1))
        painter.setBrush(self._ink["good_soft" if row.used else "surface"])
        painter.drawRoundedRect(card.toRectF().adjusted(0.5, 0.5, 0, 0), 10, 10)
        self._mark(painter, card, row)
        self._words(painter, card, row)

    def _mark(self, painter: QPainter, card: QRect, row: CouponRow) -> None:
        """Used: a tick. Left out: a cross. Pinned: a pin. Else an empty ring."""
        ring = QRect(card.left() + 12, card.center().y() - 9, 20, 20)
        if row.choice == "pinned" and not row.used:
            painter.drawPixmap(ring.topLeft(), theme.pixmap("pin", "accent", 20))
        elif row.choice == "excluded":
            painter.drawPixmap(ring.topLeft(), theme.pixmap("cross", "muted", 20))
        elif row.used:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._ink["good"])
            painter.drawEllipse(ring)
            painter.drawPixmap(ring.left() + 3, ring.top() + 3, theme.pixmap("check", "good_soft", 14))
        else:
            painter.setPen(QPen(self._ink["line"], 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(ring.adjusted(1, 1, -1, -1))

    def _words(self, painter: QPainter, card: QRect, row: CouponRow) -> None:
        amount = QFontMetrics(self._strong).horizontalAdvance(row.amount) + 14 if row.amount else 0
        words = card.adjusted(44, 0, -12 - amount, 0)
        single = not row.detail
        upper = words if single else QRect(words.left(), card.top() + 7, words.width(), 20)
        self._line(painter, upper, row.name, self._strong if row.used else self._body, "text")
        if not single:
            lower = QRect(words.left(), card.top() + 28, card.right() - 12 - words.left(), 18)
            self._line(painter, lower, row.detail, self._small, "good" if row.used else "muted")
        if row.amount:
            painter.setFont(self._strong)
            painter.setPen(self._ink["text"])
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRect(card.right() - amount - 12, upper.top(), amount, upper.height()), right, row.amount)

    def _line(self, painter: QPainter, area: QRect, text: str, font: QFont, ink: str) -> None:
        painter.setFont(font)
        painter.setPen(self._ink[ink])
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


class CouponList(QListView):
    """``chosen(coupon id, "pinned" | "excluded" | "auto")``."""

    chosen = Signal(str, str)

    def __init__(self, model: CouponModel) -> None:
        super().__init__()
        self._rows = model
        self._delegate = CouponDelegate(model)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setProperty("enter", "own")
        self.setTabKeyNavigation(False)
        self.clicked.connect(self._turn)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in PRESS and not event.isAutoRepeat():
            self._turn(self.currentIndex())
        elif event.key() in DIRECT and self.currentIndex().isValid():
            self.chosen.emit(self._rows.rows[self.currentIndex().row()].id, DIRECT[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def begin(self) -> None:
        """Take the focus, from F7."""
        if self._rows.rows:
            if not self.currentIndex().isValid():
                self.setCurrentIndex(self._rows.index(0))
            self.setFocus(Qt.FocusReason.TabFocusReason)

    def keyboardSearch(self, _search: str) -> None:
        """Letters start a search of products."""

    def restyle(self) -> None:
        self._delegate.restyle()

    def _turn(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self._rows.rows):
            row = self._rows.rows[index.row()]
            self.chosen.emit(row.id, row.next_choice)
