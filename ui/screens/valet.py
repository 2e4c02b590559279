"""代客下单: the size is out here, so it is sent from where it is. A few keys: F5, an arrow, Enter (G1, G2)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from posclient.domain.money import yuan
from posclient.domain.valet import Address
from posclient.errors import PosError
from ui import theme
from ui.context import Context
from ui.i18n import tr
from ui.keys import KeyMap
from ui.screens import valet_steps
from ui.screens.address import AddressPage
from ui.screens.member import MemberPage
from ui.screens.once import Breath
from ui.screens.scan_answer import answered
from ui.screens.screen import Deeds, Screen
from ui.screens.search_box import SearchBox
from ui.screens.valet_list import ValetList
from ui.screens.valet_side import StockAge, ValetSide
from ui.screens.valet_steps import Draft, Offer
from ui.widgets.boxes import column, frame, pad, row
from ui.widgets.size_grid import GridArea, SizeGrid
from ui.widgets.text import Elided, Text

if TYPE_CHECKING:
    from posclient.actions.views import CartView, ValetGrid, ValetOrderView


class ValetScreen(Screen):
    """Without an article: the orders and what became of them. With one: the grid of its style."""

    name, own_words = "valet", frozenset({"valet"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        keys = KeyMap(context.settings.keys)
        self.side_width = theme.size("side")
        self._grid: ValetGrid | None = None
        self._offer: Offer | None = None
        self._discount, self._awaited, self._breath = 0, False, Breath()
        self._address: Address | None = None
        self._customer: tuple[str, str | None] = ("", None)  # cart and member
        self.sizes, self.list = SizeGrid(), ValetList(self._acknowledge)
        self.side = ValetSide(keys, self._act, self.set_discount)
        self.search = SearchBox(context, self, keys.cap("find"))
        self._style, self._detail = Elided(look="name"), Elided(look="muted")
        self._age = StockAge()
        self._from, self._from_detail = Text(look="strong"), Text(look="muted")
        self._steps = QWidget()  # a stack without a parent would show its pages as windows of their own
        self._stack = QStackedLayout(self._steps)
        self._build()
        self._connect()

    def _build(self) -> None:
        head = row(Text("valet.title", look="title"), 4, Text("valet.subtitle", look="muted"), None)
        product = column(self._style, self._detail, gap=2)
        card = frame("card", column(row(product, None, self._age), GridArea(self.sizes), margins=(16, 16, 16, 12)))
        who_decides = row(Text("valet.ships", look="muted"), None, Text("valet.hq_decides", look="muted"))
        source = row(self._from, 8, self._from_detail, None)
        ships = frame("card", column(who_decides, source, gap=6, margins=(16, 12, 16, 14)))
        for content in (column(self.list), column(card, ships, None, gap=14)):
            content.setContentsMargins(0, 0, 0, 0)
            holder = QWidget()
            holder.setLayout(content)
            self._stack.addWidget(holder)
        self.side.setFixedWidth(self.side_width)
        left = column(head, self.search, self._steps, gap=12, margins=pad())
        left.setStretch(2, 1)
        whole = row(left, self.side, gap=0)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.sizes.chosen.connect(lambda _color, _size: self._price())
        self.context.page_left.connect(lambda _page: self._breath.begin() if self.isVisible() else None)
        self.search.chosen.connect(self._look_at)
        self.search.code.connect(self.takes_scan)
        self.search.done.connect(self._rest)
        self.context.cart_changed.connect(self._cart_changed)
        self.context.staff_changed.connect(lambda _staff: self._forget_customer())
        self.context.status_changed.connect(self._look_again)

    # --- the window's side

    def shown(self) -> None:
        self.setFocus()
        self._rest()
        self._renew()

    def _renew(self) -> None:
        self.context.read(valet_steps.orders, self.list.show_orders)
        if self.context.cart is not None:
            self._cart_changed(self.context.cart)
        self.side.show_offer(self._offer, self._discount)

    def _look_again(self, _status: object) -> None:
        """HQ answers within seconds, while the guide waits here with the customer."""
        if self.isVisible() and self._grid is None:
            self.context.read(valet_steps.orders, self.list.renew, lambda _error: None)

    def deeds(self) -> Deeds:
        deeds = {"find": self.search.begin, "member": self._member, "collect": self._enter, "back": self._back}
        if self._grid is not None:
            deeds |= {"valet": self._ask_address, "discount": self._next_discount}
        return deeds

    def takes_scan(self, text: str) -> bool:
        """An article opens its grid; a member code goes on into the cart."""
        self.look(lambda till: valet_steps.find(till, text), lambda sku: self._scanned(text, sku))
        return True

    def typed(self, event: QKeyEvent) -> bool:
        if event.text().isspace():
            return False
        self.search.begin(event.text())
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.sizes.keyPressEvent(event)

    def _act(self, deed: str) -> None:
        if deed == "clear_member":
            from posclient.actions import checkout

            self.context.change_cart(lambda till: checkout.set_member(till, None))
        elif deed == "collect":
            self._enter(by_touch=True)
        elif deed in self.deeds():
            self.deeds()[deed]()

    # --- an article

    def open_sku(self, sku: str) -> None:
        """From the cart, for whoever stands at the counter now: the one before may have left an address here."""
        self._set_address(None)
        self._look_at(sku)

    def _look_at(self, sku: str) -> None:
        """The grid of the style of ``sku``."""
        self.look(lambda till: valet_steps.grid(till, sku), lambda grid: self._show_grid(grid, sku))

    def _scanned(self, text: str, sku: str | None) -> None:
        if sku is not None and (self.isVisible() or self.context.staff is None):  # else it was left: the sale's
            self.context.tones.play("success")
            self._look_at(sku)
            return
        from posclient.actions import checkout

        self.context.do(lambda till: checkout.scan(till, text), lambda result: answered(self.context, result))

    def _show_grid(self, grid: ValetGrid, sku: str) -> None:
        self._grid, self._discount = grid, 0
        self.sizes.show_grid(grid, sku)
        self.retranslate()
        self._stack.setCurrentIndex(1)
        self.context.deeds_changed.emit()
        self._rest()
        self._price()

    def retranslate(self) -> None:
        if (grid := self._grid) is not None:
            self._style.put(grid.name)
            self._detail.put(f"{grid.style} · {tr('valet.tag_price', amount=yuan(grid.price))}")
            self._age.show_age(grid.stock_age_s)

    def _price(self) -> None:
        draft = self._draft()
        if draft is not None:
            self._show_source()
            self.look(lambda till: valet_steps.offer(till, draft), self._show_offer)

    def _show_source(self) -> None:
        cell, grid = self.sizes.cell, self._grid
        if cell is None or cell.expected is None or grid is None:
            self._from.say("valet.nowhere")
            self._from_detail.say("valet.nowhere_hint")
            return
        self._from.say("valet.expect", store=grid.store_names.get(cell.expected, cell.expected))
        self._from_detail.say("valet.pieces_there", n=cell.elsewhere.get(cell.expected, cell.here))

    def _show_offer(self, offer: Offer) -> None:
        if self._discount not in {0, *offer.allowed}:  # another size costs less
            self.set_discount(0)
        elif self._grid is not None:  # else it was closed meanwhile
            self._offer = offer
            self.side.show_offer(offer, self._discount)

    def _draft(self) -> Draft | None:
        cell, staff = self.sizes.cell, self.context.staff
        if self._grid is None or cell is None or staff is None:
            return None
        cart = self.context.cart
        member = cart.member.member.id if cart and cart.member else None
        guide = (cart.guide_id if cart else None) or staff.id
        return Draft(cell.sku, 1, member, self._discount, guide, self._address, cell.expected)

    # --- what a person does

    def set_discount(self, fen: int) -> None:
        """The guide's own, within the month's allowance."""
        self._discount = fen
        self._price()

    def _next_discount(self) -> None:
        steps = (self._offer.allowed if self._offer else ()) or (0,)
        at = steps.index(self._discount) if self._discount in steps else -1
        self.set_discount(steps[(at + 1) % len(steps)])

    def _enter(self, *, by_touch: bool = False) -> None:
        """Take what was found, or submit: not by the double of the Enter that ended a search or a page (T-15)."""
        if self.search.enter():
            self._breath.begin()
        elif by_touch or not self._breath.lasts:
            self.submit()

    def submit(self) -> None:
        """Once, for what was seen; not while another article is looked up."""
        draft, waits = self._draft(), self._awaited or self.looking > 0
        if draft is None or waits or not self.context.is_fresh(self.side.due.painted_at):
            return
        self._awaited = True
        placed = partial(self._placed, draft.address, self._grid, self.side.due.text())
        self.context.do(lambda till: valet_steps.place(till, draft), placed, self._refused)

    def _placed(self, address: Address | None, grid: ValetGrid | None, seen: str, order: ValetOrderView) -> None:
        self._awaited = False
        self.context.tones.play("success")
        self.context.sync_wanted.emit()
        if self._grid is grid:
            self._close()
        elif self._address is address:  # another article is open by now
            self._set_address(None)
        if yuan(order.total) == seen:
            self.context.say("good", tr("valet.placed", number=order.number))
        else:  # a page of the sync came between
            self.context.say("warning", tr("valet.placed_moved", number=order.number, amount=yuan(order.total)))

    def _refused(self, error: PosError) -> None:
        self._awaited = False
        self.context.say_error(error)

    def _acknowledge(self, order: str) -> None:
        self.context.do(lambda till: valet_steps.acknowledge(till, order), self.list.show_orders)

    def _member(self) -> None:
        self.context.page_wanted.emit(MemberPage(self.context))

    def _ask_address(self) -> None:
        self.context.page_wanted.emit(AddressPage(self.context, self._address, self._set_address))

    def _set_address(self, address: Address | None) -> None:
        self._address = address
        self.side.show_address(address, self._store())

    def _forget_customer(self) -> None:
        """The next one has another address, and no discount that was given to the one before (T-67)."""
        self._discount = 0
        self._set_address(None)

    def _store(self) -> str:
        return self.context.status.store_name if self.context.status else ""

    def _cart_changed(self, view: CartView) -> None:
        (cart, member), self._customer = self._customer, (view.cart_id, view.served)
        if view.cart_id != cart or member not in {None, view.served}:  # this is another customer
            self._forget_customer()
        self.side.show_cart(view)
        self.side.show_address(self._address, self._store())
        if self._grid is not None:
            self._price()

    def _back(self) -> None:
        """What was typed, the article, then the cart that waits."""
        last = self._close if self._grid is not None else lambda: self.context.screen_wanted.emit("sale")
        (self.search.finish if self.search.text() else last)()

    def _close(self) -> None:
        """Back to the list; the next customer has another address."""
        self._grid, self._offer, self._discount, self._address = None, None, 0, None
        self._stack.setCurrentIndex(0)
        self.context.deeds_changed.emit()
        self._rest()
        self._renew()

    def _rest(self) -> None:
        if self.has_keys():
            (self.sizes if self._grid is not None else self).setFocus()
