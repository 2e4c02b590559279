"""The foot of the cart: pieces, list price, what promotions, coupons and people took off. Painted: nothing moves."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from posclient.actions.views import CartView
from posclient.domain.money import yuan
from ui import theme
from ui.i18n import tr
from ui.widgets.ink import Ink


class Totals(QWidget):
    """One line of word and figure."""

    def __init__(self) -> None:
        super().__init__()
        self._view: CartView | None = None
        self._parts: tuple[tuple[str, str], ...] = ()
        self._ink = Ink(plain=theme.font("body"), strong=theme.font("body", bold=True))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_cart(self, view: CartView) -> None:
        self._view = view
        self.retranslate()

    def retranslate(self) -> None:
        view = self._view
        parts = _parts(view) if view is not None and view.lines else ()
        if parts != self._parts:
            self._parts = parts
            self.setAccessibleName(" ".join(" ".join(part) for part in parts))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 44)

    def restyle(self) -> None:
        self._ink.restyle()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, x = QPainter(self), 4
        for word, figure in self._parts:
            for text, font, ink, gap in ((word, "plain", "muted", 6), (figure, "strong", "text", 22)):
                width = self._ink.width(text, font)
                self._ink.draw(painter, QRect(x, 0, width + 2, self.height()), text, font, ink)
                x += width + gap


def _parts(view: CartView) -> tuple[tuple[str, str], ...]:
    taken = (
        ("sale.members", view.member_off),
        ("sale.promotions", view.promotion_off),
        ("sale.coupons", view.coupon_off),
        ("sale.manual", view.manual_off),
    )
    return (
        (tr("sale.pieces", n=view.pieces), ""),
        (tr("sale.list_total"), yuan(view.list_total)),
        *((tr(word), yuan(-off)) for word, off in taken if off),
    )
