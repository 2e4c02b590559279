"""The right side of the sale: member, coupons, guide, the amount due and pay."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedLayout, QWidget

from posclient.actions.views import CartView
from posclient.domain.money import yuan
from ui import theme
from ui.i18n import tr
from ui.keys import KeyMap
from ui.models.coupon_rows import CouponModel, CouponRow
from ui.widgets.boxes import column, frame, row, rule
from ui.widgets.button import Button
from ui.widgets.coupon_list import BAR, CouponList
from ui.widgets.figure import Figure
from ui.widgets.member_card import MemberPanel
from ui.widgets.text import Elided, Text


class SaleSide(QWidget):
    """``act(deed)`` is called with a key's name by what is touched here."""

    def __init__(self, keys: KeyMap, act: Callable[[str], None]) -> None:
        super().__init__()
        self._view: CartView | None = None
        self.member = MemberPanel(keys.cap("member"), lambda: act("member"), lambda: act("clear_member"))
        self._coupons = CouponModel()
        self.coupons = CouponList(self._coupons)
        self._guide = Button("sale.guide_none", "row", icon="person", keycap=keys.cap("guide"), on=lambda: act("guide"))
        self._own_guide = Elided(look="muted")
        self.due = Figure("due")
        self._saved, self._best = Text(look="good"), Text("coupon.best", look="muted")
        self.pay = Button("sale.pay", "primary", keycap=keys.cap("collect"), on=lambda: act("pay"))
        self._coupon_area = QWidget()
        self._stack = QStackedLayout(self._coupon_area)
        self._no_coupons = Text("coupon.no_member", look="muted", wrap=True)
        self._no_coupons.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._stack.addWidget(self._no_coupons)
        self._stack.addWidget(self.coupons)
        self.setLayout(column(self._build(), gap=0))

    def show_cart(self, view: CartView) -> None:
        self._view = view
        self.member.show_cart(view)
        self._show_coupons(view)
        self._stack.setCurrentIndex(1 if self._coupons.rows else 0)
        self._best.setVisible(bool(self._coupons.rows))
        self._no_coupons.say("coupon.none" if view.member else "coupon.no_member")
        self.due.put(view.total)
        self.pay.setEnabled(bool(view.lines))
        self._show_words(view)

    def coupon_rows(self) -> list[CouponRow]:
        """The coupons as they are on screen."""
        return self._coupons.rows

    def show_keys(self, keys: KeyMap) -> None:
        self.member.set_keycap(keys.cap("member"))
        self._guide.set_keycap(keys.cap("guide"))
        self.pay.set_keycap(keys.cap("collect"))

    def retranslate(self) -> None:
        if self._view is not None:
            self._show_coupons(self._view)
            self._show_words(self._view)

    def _show_coupons(self, view: CartView) -> None:
        member = view.member
        self._coupons.show(view.coupons, member.override_left if member else 0)

    def _show_words(self, view: CartView) -> None:
        self._saved.put(tr("sale.saved", amount=yuan(view.saved)) if view.saved > 0 else "")
        if view.guide_name:
            self._guide.say("sale.guide", name=view.guide_name)
        else:
            self._guide.say("sale.guide_none")
        own = view.member.own_guide_name if view.member else ""
        self._own_guide.put(tr("sale.own_guide", name=own) if own else "")

    def _build(self) -> QWidget:
        heading = row(Text("coupon.title", look="muted"), None, self._best, margins=(0, 0, BAR, 0))
        coupons = column(heading, self._coupon_area, gap=8, margins=(20, 12, 20 - BAR, 8))
        coupons.setStretch(1, 1)
        guide = row(self._guide, None, self._own_guide, margins=(20, 6, 20, 0))
        due = row(Text("sale.due", look="muted"), None, self._saved)
        amount = column(due, self.due, self.pay, gap=4, margins=(20, 4, 20, 18))
        member = column(self.member, margins=(20, 8, 20, 4))
        whole = column(member, rule(), coupons, rule(), guide, amount, gap=0)
        whole.setStretch(2, 1)
        return frame("side", whole)

    def restyle(self) -> None:
        theme.look(self, "side")
