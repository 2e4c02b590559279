"""The sale: scan or search, the cart, the member and coupons, the amount due. Everything by keys, or by touch."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from posclient.actions import checkout
from posclient.actions.views import CartView, LineView, SaleDone
from posclient.config import Settings
from posclient.domain.money import yuan
from ui import theme
from ui.context import Context
from ui.i18n import tr
from ui.keys import KeyMap
from ui.models.cart_rows import CartModel
from ui.models.coupon_rows import MAY_BE_OVERRIDDEN
from ui.screens.approval import ApprovalPage
from ui.screens.confirm import ConfirmPage
from ui.screens.entry import DiscountPage, PricePage, QuantityPage
from ui.screens.guide import GuidePage
from ui.screens.member import MemberPage
from ui.screens.once import Once
from ui.screens.override import WITHOUT_A_RIGHT, override_page
from ui.screens.payment import PaymentPage
from ui.screens.sale_side import SaleSide
from ui.screens.scan_answer import answered
from ui.screens.screen import Deeds, Page, Screen
from ui.screens.search_box import SearchBox
from ui.widgets.boxes import column, frame, row
from ui.widgets.cart_list import CartHeader, CartList
from ui.widgets.empty import Empty
from ui.widgets.totals import Totals


class SaleScreen(Screen):
    """The cart has the focus whenever nothing else needs it, so that keys mean what the hints say."""

    name = "sale"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        keys = KeyMap(context.settings.keys)
        self.rows = CartModel()
        self.cart = CartList(self.rows)
        self.side = SaleSide(keys, self.act)
        self.search = SearchBox(context, self, keys.cap("find"))
        self.totals = Totals()
        self.side_width = theme.size("side")
        self._paying, self._after_pin = False, True
        self._once, self._touched = Once(), ""
        self._moved: tuple[str, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._build()
        self._connect()
        if context.cart is not None:
            self.show_cart(context.cart)

    def _build(self) -> None:
        body = QWidget()
        self._stack = QStackedLayout(body)
        self._stack.addWidget(Empty("scan", "sale.empty_title", "sale.empty_hint"))
        self._stack.addWidget(column_widget(CartHeader(), self.cart))
        card = frame("card", column(body, margins=(1, 1, 1, 1)))
        left = column(self.search, card, self.totals, gap=12, margins=(20, 16, 16, 0))
        left.setStretch(1, 1)
        self.side.setFixedWidth(self.side_width)
        whole = row(left, self.side, gap=0)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.search.chosen.connect(self._add)
        self.search.code.connect(self.scanned)
        self.search.done.connect(self._rest)
        self.side.coupons.chosen.connect(self._choose_coupon)
        self.side.coupons.touched.connect(self._touch_coupon)
        self.context.cart_changed.connect(self.show_cart)
        self.context.scanned.connect(self._leave_coupons)
        self.context.page_left.connect(self._page_left)
        self.context.sold.connect(self._sold)
        self.context.staff_changed.connect(self._staff_changed)
        self.context.settings_changed.connect(self._settings_changed)

    # --- what is shown

    def shown(self) -> None:
        self.setFocus()
        self.search.finish()

    def _rest(self) -> None:
        """The focus at rest: on the cart, or on the screen itself while the cart is empty."""
        if self.has_keys():
            (self.cart if self.rows.rows else self).setFocus()

    def show_cart(self, view: CartView) -> None:
        """Paint a cart: only what differs."""
        self.rows.show(view)
        at_rest = self.hasFocus() or self.cart.hasFocus()
        self._stack.setCurrentIndex(1 if view.lines else 0)
        if at_rest:
            self._rest()
        self.cart.mark(view.touched)
        self.side.show_cart(view)
        self.totals.show_cart(view)
        self._resume(view)  # before anything is said: a new page begins with no message
        if view.moved and view.moved is not self._moved:  # the same lines may move again
            names = [line.name for line in view.lines if line.id in view.moved]
            self.context.say("warning", tr("sale.moved", names=tr("list.comma").join(names)))
        self._moved = view.moved

    def entered(self) -> None:
        if self.context.cart is not None and self.context.cart.paying:
            self.context.change_cart(checkout.view)  # it may be settled by now: the answer is on its way

    def _resume(self, view: CartView) -> None:
        """After a restart, the lock or a touch on the rail in the middle of a payment, a manager's word. Over another
        place it does not come up: an Enter there is not for the money.
        """
        if view.paying and not self._paying and self.isVisible() and self.context.staff is not None:
            self._open_payment(in_a_breath=self._after_pin)
        self._after_pin = self._after_pin and self.context.staff is None

    def retranslate(self) -> None:
        if self.context.cart is not None:
            self.rows.show(self.context.cart)

    # --- scans

    def scanned(self, text: str) -> None:
        """A code, of whatever kind; the till decides, in the order of the scans."""
        self.context.do(lambda till: checkout.scan(till, text), lambda result: answered(self.context, result))

    def _leave_coupons(self, _result: object) -> None:
        """Whoever scans on is done with them: Enter collects, and turns none of them."""
        if self.side.coupons.hasFocus():
            self._rest()

    # --- deeds

    def deeds(self) -> Deeds:
        deeds: dict[str, Callable[[], None]] = {
            "find": self.search.begin,
            "collect": self._enter,
            "member": lambda: self._open(MemberPage(self.context)),
            "guide": lambda: self._open(GuidePage(self.context)),
            "valet": self._valet,
        }
        if self.search.text():
            deeds["back"] = self.search.finish
        view = self.context.cart
        if view is not None and view.lines:
            deeds |= {
                "pay": self.pay,
                "quantity": lambda: self._with_line(QuantityPage),
                "price": lambda: self._with_line(PricePage),
                "discount": lambda: self._open(DiscountPage(self.context, self._marked())),
                "line_guide": lambda: self._with_line(lambda context, line: GuidePage(context, line.id)),
                "remove": self._remove,
                "void": self._void,
            }
        if view is not None and view.coupons:
            deeds["coupon"] = self.side.coupons.begin
        return deeds

    def act(self, deed: str) -> None:
        """A touch on the side does what the key does."""
        if deed == "clear_member":
            self.context.change_cart(lambda till: checkout.set_member(till, None))
        elif deed == "pay":
            self.pay(by_touch=True)
        else:
            found = self.deeds().get(deed)
            if found is not None:
                found()

    def typed(self, event: QKeyEvent) -> bool:
        """A letter or digit over the cart begins a search."""
        if event.text().isspace():
            return False
        self.search.begin(event.text())
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.search.finish()
        else:
            super().keyPressEvent(event)

    def _enter(self) -> None:
        if not self.search.enter():
            self.pay()

    def pay(self, *, by_touch: bool = False) -> None:
        """Open payment: once, however often it is pressed, and only for the amount that was seen (T-13, T-15)."""
        view = self.context.cart
        if self._paying or view is None or not self.context.is_fresh(self.side.due.painted_at):
            return
        if not view.lines:
            self.context.say("info", tr("sale.empty_title"))
        elif not self.context.busy:  # a scan under way would change what was seen
            self._open_payment(in_a_breath=by_touch)

    def _open_payment(self, *, in_a_breath: bool = False) -> None:
        self._paying = True
        self._open(PaymentPage(self.context, in_a_breath=in_a_breath))

    def _page_left(self, page: Page) -> None:
        if isinstance(page, PaymentPage):
            self._paying = False
        self._after_pin |= isinstance(page, ApprovalPage)

    def _staff_changed(self, _staff: object) -> None:
        self._after_pin = True

    def _sold(self, done: SaleDone) -> None:
        """Whoever left the payment before the till had answered is told here what goes back."""
        if not self._paying:
            self.context.say("good", tr("pay.done_away", receipt=done.receipt, change=yuan(done.change)))

    def _open(self, page: Page) -> None:
        self.context.page_wanted.emit(page)

    def _marked(self) -> LineView | None:
        """The line that keys are about."""
        marked, view = self.cart.marked(), self.context.cart
        return next((line for line in view.lines if line.id == marked), None) if view is not None else None

    def _with_line(self, make: Callable[[Context, LineView], Page]) -> None:
        line = self._marked()
        if line is not None:
            self._open(make(self.context, line))

    def _valet(self) -> None:
        """The size is out: its grid, or the list of orders where nothing is marked."""
        line = self._marked()
        self.context.valet_wanted.emit(line.sku if line is not None else "")

    def _void(self) -> None:
        """The one thing here that asks first (ux.md, manners)."""
        view = self.context.cart
        if view is not None:
            worth = {"n": view.pieces, "amount": yuan(view.total)}
            self._open(ConfirmPage(self.context, "sale.void", self._voided, **worth))

    def _voided(self) -> None:
        reason = tr("sale.void_reason")
        self.context.change_cart(lambda till: checkout.void(till, reason))

    def _remove(self) -> None:
        line = self.cart.marked()
        if line is not None:
            self.context.change_cart(lambda till: checkout.remove(till, line))

    def _add(self, sku: str) -> None:
        self.context.change_cart(lambda till: checkout.add(till, sku))

    def _touch_coupon(self, coupon: str, choice: str) -> None:
        """A finger that bounces is for one coupon, and not for the next one too, which moves up to its place."""
        if coupon == self._touched or not self._once.again(""):
            self._touched = coupon
            self._choose_coupon(coupon, choice)

    def _choose_coupon(self, coupon: str, choice: str) -> None:
        row, view = next(one for one in self.side.coupon_rows() if one.id == coupon), self.context.cart
        left = view.member.override_left if view is not None and view.member is not None else 0
        if row.reason in MAY_BE_OVERRIDDEN and left > 0:
            self._open(override_page(self.context, coupon, row.name, left))
            return
        if row.reason in WITHOUT_A_RIGHT:
            self.context.say("info", f"{row.name}: {row.detail}")
            return
        self.context.change_cart(lambda till: checkout.choose_coupon(till, coupon, choice))  # type: ignore[arg-type]

    def _settings_changed(self, settings: Settings) -> None:
        keys = KeyMap(settings.keys)
        self.side.show_keys(keys)
        self.search.set_keycap(keys.cap("find"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.search.place()


def column_widget(*parts: QWidget) -> QWidget:
    """Widgets below each other as one."""
    box = QWidget()
    box.setLayout(column(*parts, gap=0))
    return box
