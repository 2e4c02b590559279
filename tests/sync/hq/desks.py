"""Tills with a person at them, at a real HQ in this process: what the window does between the till and its sync."""

from __future__ import annotations

from pathlib import Path

from posclient.actions import checkout, holding, login, payment, returning
from posclient.actions.holding import Answer
from posclient.actions.till import open_till
from posclient.actions.views import CartView, CouponView
from posclient.db.at_rest import OwnKey
from posclient.errors import LinkError
from sync.asking import HoldRequest
from sync.credentials import secrets_of
from sync.hq.feeds import GLOBAL, Change, store_feed, zone_feed
from tests.actions.kidswear import product_row, staff_row
from tests.sync.hq.till_at_hq import new_id
from tests.sync.tills import Chain, TillFolder
from ui.answers import answer_of

PRICE = 5000


def stock_up(chain: Chain, *stores: str) -> None:
    """An article for 50 yuan, and a guide in each store."""
    price = {"id": "p-A", "sku": "A", "price": PRICE, "member_prices": {}, "from": None, "until": None}
    guide = staff_row("G1", "Lin", "1111", "guide", "cashier", "manager")
    chain.publish(
        Change(GLOBAL, *product_row("A", "Coat")), Change(zone_feed("z1"), "price", "p-A", price),
        *(Change(store_feed(store), *guide) for store in stores),
    )  # fmt: skip


class Desk(TillFolder):
    """``online``: does HQ answer what this till asks at the counter?"""

    def __init__(self, chain: Chain, folder: Path, code: str = "", *, load: bool = True) -> None:
        super().__init__(chain, folder, code)
        self.online = True
        if load:
            self.cycle()
        self.start()

    def start(self) -> None:
        """The program begins, and somebody logs in."""
        own = OwnKey(secrets_of(self.folder, self.me).key)
        self.till = open_till(self.folder, clock=self.chain.clock, new_id=new_id, own=own)
        login.log_in(self.till, "1111", "G1")

    def again(self) -> None:
        """The program ends, however, and begins anew."""
        self.till.close()
        self.start()

    def sync(self) -> None:
        """A cycle; what HQ calls back is given up after it, and that is sent at once."""
        assert self.cycle().error is None
        if returning.give_up(self.till).given_up:
            assert self.cycle().error is None

    def serve(self, member: str = "M1") -> CartView:
        """A member buys one piece."""
        checkout.add(self.till, "A")
        return checkout.set_member(self.till, member)

    def ask(self, *, again: bool = False) -> CartView:
        """HQ is asked for what the cart has no right to, as often as the window does."""
        view = holding.line_changed(self.till, online=self.online) if not again else checkout.view(self.till)
        asked = holding.question(view, again=again)
        if asked is None:
            return view
        try:
            on_top = {"value": asked.value, "points": asked.points}
            wanted = HoldRequest(member=asked.member, coupons=list(asked.coupons), **on_top)
            answer: Answer | None = answer_of(self.line.hold(wanted), asked)
        except LinkError:
            answer = None
        return holding.take(self.till, asked, answer)

    def pay(self) -> str:
        """The open cart, in cash; the sale's id."""
        view = payment.open(self.till)
        payment.pay(self.till, "cash")
        return payment.complete(self.till, view.cart_id).sale_id

    def coupon(self, key: str = "K1") -> CouponView:
        """A coupon of the member in the cart."""
        card = checkout.view(self.till).member
        assert card is not None
        return next(one for one in card.coupons if one.id == key)

    def close(self) -> None:
        self.till.close()
        super().close()
