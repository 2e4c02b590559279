"""The member's coupons: which are used, which not and why; a touch or Space turns the choice."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from ui import theme
from ui.models.coupon_rows import CouponModel, CouponRow
from ui.widgets.ink import Ink

ROW = 60
GAP = 6
#: Room for the scroll bar at the right, kept free while there is none: the cards keep their width.
BAR = 10
PRESS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
#: A used one is kept, or any left out, without turning.
DIRECT = {Qt.Key.Key_Plus: "pinned", Qt.Key.Key_Minus: "excluded"}


class CouponDelegate(QStyledItemDelegate):
    """A card a row: a mark, the name, the reason below; at the right the amount, or what can be done."""

    def __init__(self, model: CouponModel) -> None:
        super().__init__()
        self._model = model
        self.ink = Ink(body=theme.font("body"), strong=theme.font("body", bold=True), small=theme.font("small"))

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
        painter.setPen(QPen(self.ink.colour(edge), 2 if focused else 1))
        painter.setBrush(self.ink.colour("good_soft" if row.used else "surface"))
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
            painter.setBrush(self.ink.colour("good"))
            painter.drawEllipse(ring)
            painter.drawPixmap(ring.left() + 3, ring.top() + 3, theme.pixmap("check", "good_soft", 14))
        else:
            painter.setPen(QPen(self.ink.colour("line"), 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(ring.adjusted(1, 1, -1, -1))

    def _words(self, painter: QPainter, card: QRect, row: CouponRow) -> None:
        draw, font = self.ink.draw, "strong" if row.used else "body"
        ending, kind, ink = (row.amount, "strong", "text") if row.amount else (row.offer, "small", "accent")
        amount = self.ink.width(ending, kind) + 14 if ending else 0
        words = card.adjusted(44, 0, -12 - amount, 0)
        upper = QRect(words.left(), card.top() + 7, words.width(), 20) if row.detail else words
        draw(painter, upper, row.name, font, "text")
        lower = QRect(words.left(), card.top() + 28, card.right() - 12 - words.left(), 18)
        draw(painter, lower, row.detail, "small", "good" if row.used else "muted")
        right = QRect(card.right() - amount - 12, upper.top(), amount, upper.height())
        draw(painter, right, ending, kind, ink, right=True)


class CouponList(QListView):
    """``chosen(coupon id, "pinned" | "excluded" | "auto")`` by a key, ``touched`` with the same by a finger."""

    chosen = Signal(str, str)
    touched = Signal(str, str)

    def __init__(self, model: CouponModel) -> None:
        super().__init__()
        self._rows = model
        self._delegate = CouponDelegate(model)
        self.setModel(model)
        model.changed.connect(lambda place: self.update(model.index(place)))
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._mark_again)
        self._marked = ""
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setProperty("enter", "own")
        self.setTabKeyNavigation(False)
        self.clicked.connect(lambda index: self._turn(index, self.touched))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in PRESS and not event.isAutoRepeat():
            self._turn(self.currentIndex(), self.chosen)
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
        self._delegate.ink.restyle()

    def _remember(self) -> None:
        row = self.currentIndex().row()
        self._marked = self._rows.rows[row].id if self.hasFocus() and 0 <= row < len(self._rows.rows) else ""

    def _mark_again(self) -> None:
        """The one that a key has turned moves, and the keys stay with it."""
        place = next((place for place, one in enumerate(self._rows.rows) if one.id == self._marked), -1)
        if place >= 0:
            self.setCurrentIndex(self._rows.index(place))

    def _turn(self, index: QModelIndex, told: SignalInstance) -> None:
        if 0 <= index.row() < len(self._rows.rows):
            row = self._rows.rows[index.row()]
            told.emit(row.id, row.next_choice)
