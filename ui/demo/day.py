"""A day in the shop, through the real window: sales with coupons, a new member, the network cut and back.

Each step waits for what the window shows, takes a picture, and fails by name. At the end HQ's records are held against
the till's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from posclient.errors import PosError
from ui.demo.hands import Album, Hands
from ui.demo.stage import LocalHq
from ui.screens.valet_steps import orders
from ui.shop import Shop

if TYPE_CHECKING:
    from posclient.actions.views import CartView, SaleDone, ValetOrderView

GUIDE_PIN, MEMBER, LAST_FOUR = "1102", "JM26000001", "1234"
#: As a customer sends it, in one piece.
ADDRESS = "王小明 13912341234 广东省深圳市南山区科苑路15号"


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts and fen on both sides; ``agrees``: HQ has all of the till's sales, once."""

    sales: int
    total: int
    hq: dict[str, Any]

    @property
    def agrees(self) -> bool:
        wanted = {"sales": self.sales, "total": self.total, "duplicates": 0, "quarantined": 0}
        return all(self.hq[name] == value for name, value in wanted.items())


class Day:
    """``shop`` is open and at the login; ``hq`` runs; ``labels``: a barcode by style."""

    def __init__(self, shop: Shop, hq: LocalHq, labels: Mapping[str, str], album: Album | None) -> None:
        self._shop, self._hq, self._labels = shop, hq, labels
        self._window, self._context = shop.window, shop.context
        self._hands = Hands(shop.window, album)
        self._window.stage.animated = False  # pictures of pages at rest, however busy the machine is
        self._sales, self._total = 0, 0
        self._context.sold.connect(self._sold)

    def run(self) -> Summary:
        """The whole day."""
        hands = self._hands
        hands.until("open the till", lambda: self._window.login.has_staff)
        hands.until("reach HQ", lambda: self._context.link.online)
        self._log_in()
        self._sale_with_coupon()
        self._new_member()
        self._offline()
        self._online_again()
        self._look_around()
        return Summary(self._sales, self._total, self._hq.stats())

    # --- the steps

    def _log_in(self) -> None:
        hands = self._hands
        hands.picture("login")
        hands.type(GUIDE_PIN)
        hands.key("Return")
        hands.until("log in", lambda: self._context.staff is not None and self._context.cart is not None)
        hands.picture("empty-sale")

    def _sale_with_coupon(self) -> None:
        """A guide's sale, by scans alone, with the best coupons taken off."""
        hands = self._hands
        hands.type(LAST_FOUR[:2])
        hands.key("Backspace")
        hands.key("Escape")
        hands.key("F3")
        hands.picture("member")
        hands.type(LAST_FOUR)
        hands.rest(300)
        hands.picture("member-candidates")
        hands.key("Escape")
        hands.scan(MEMBER)
        hands.until("find the member", lambda: self._cart().member is not None)
        for code in self._codes("J26A001", "J26P001", "J26P001", "J26S001"):
            self._scan_article(code)
        hands.until("use a coupon", lambda: self._cart().coupon_off > 0)
        hands.picture("sale-with-coupons")
        hands.key("F2")
        hands.type("qnyrf")
        hands.rest(400)
        hands.picture("search")
        hands.key("Escape")
        hands.key("F4")
        hands.rest(200)
        hands.picture("guides")
        hands.key("Escape")
        self._look_at_entries()
        self._change_of_mind()
        self._pay("payment", "paid")

    def _change_of_mind(self) -> None:
        """A part is paid in cash; then the customer wants something else, and the cash goes back."""
        hands = self._hands
        hands.key("Return")
        hands.until("open payment", lambda: self._cart().paying)
        hands.rest(200)
        hands.type("100")
        hands.key("Return")
        hands.until("take a part", lambda: bool(self._cart().payments))
        hands.picture("payment-part")
        hands.key("Escape")
        hands.rest(200)
        hands.picture("hand-back")
        hands.key("Return")
        hands.until("hand it back", lambda: not self._cart().paying)

    def _look_at_entries(self) -> None:
        """What is asked about a line, and the one question before a sale is thrown away; each is left with Esc."""
        hands = self._hands
        for key, typed, name in (
            ("F8", "5", "discount"), ("*", "3", "quantity"), ("Shift+F8", "199", "price"), ("Shift+Delete", "", "void"),
        ):  # fmt: skip
            hands.key(key)
            hands.rest(200)
            hands.type(typed)
            hands.picture(name)
            hands.key("Escape")

    def _new_member(self) -> None:
        """Registered in the sale; the newcomer coupon is used at once."""
        hands = self._hands
        for code in self._codes("J26B001", "J26E001"):
            self._scan_article(code)
        hands.key("F3")
        hands.type("13800008888")
        hands.rest(300)
        hands.key("F3")
        hands.rest(300)
        hands.key("Tab")
        hands.picture("register")
        hands.key("Return")
        hands.until("register", lambda: self._cart().member is not None)
        hands.until("newcomer coupon", lambda: self._cart().coupon_off > 0)
        hands.picture("new-member")
        self._pay("", "paid-new-member")

    def _offline(self) -> None:
        """The network is cut: nothing changes for the cashier."""
        hands = self._hands
        self._hq.stop()
        self._scan_article(self._codes("J26D001")[0])
        self._pay("", "")
        hands.until("notice the cut", lambda: self._context.link.known and not self._context.link.online)
        self._context.change_settings(theme="dark")
        hands.scan(MEMBER)
        for code in self._codes("J26C001", "J26X001", "J26W001"):
            self._scan_article(code)
        hands.until("count what is unsent", lambda: bool(self._context.status and self._context.status.unsent))
        hands.picture("sale-offline-dark")
        hands.key("F5")
        hands.rest(400)
        hands.picture("valet-dark")
        self._context.change_settings(theme="light")
        hands.picture("valet")
        hands.key("F5")
        hands.type(ADDRESS)
        hands.picture("valet-address")
        hands.key("Return")
        hands.rest(800)  # an Enter in the breath of this one would order nothing
        hands.key("Return")
        hands.rest(400)
        hands.picture("valet-unconfirmed")
        self._context.screen_wanted.emit("sale")
        self._pay("payment-offline", "paid-offline")
        self._look_at_readiness("readiness-offline")
        self._context.change_settings(theme="dark")
        self._look_at_readiness("readiness-dark")
        self._context.change_settings(theme="light")

    def _online_again(self) -> None:
        hands = self._hands
        self._hq.start()
        self._context.sync_wanted.emit()
        self._shop.link.sync_now()
        hands.until("send everything", lambda: bool(self._context.status and self._context.status.unsent == 0), 90)
        hands.until("hear of the valet order", self._valet_confirmed)
        self._context.screen_wanted.emit("valet")
        hands.rest(500)
        hands.picture("valet-answered")
        self._context.screen_wanted.emit("sale")

    def _look_around(self) -> None:
        """The screens that no sale comes by, and the sale in English."""
        hands = self._hands
        hands.key("F1")
        hands.picture("keys")
        hands.key("Escape")
        hands.key("F11")
        hands.rest(400)
        hands.picture("receipts")
        hands.key("Escape")
        self._look_at_the_report()
        hands.key("Shift+F5")
        hands.rest(400)
        hands.picture("care")
        self._context.screen_wanted.emit("settings")
        hands.picture("settings")
        self._context.screen_wanted.emit("sale")
        hands.scan("6900000000000")
        hands.rest(300)
        hands.picture("unknown-code")
        self._context.change_settings(language="en")
        hands.scan(MEMBER)
        for code in self._codes("J26A002", "J26T001"):
            self._scan_article(code)
        hands.picture("sale-english")
        hands.key("Ctrl+L")
        hands.rest(200)
        hands.picture("locked-english")
        hands.type(GUIDE_PIN)
        hands.key("Return")
        hands.until("log in again", lambda: self._context.staff is not None)
        self._look_at_readiness("readiness-english")
        self._context.change_settings(language="zh_CN")

    # --- parts of steps

    def _look_at_the_report(self) -> None:
        """The day so far, in light and dark."""
        hands = self._hands
        hands.key("Shift+F11")
        hands.rest(400)
        hands.picture("report")
        self._context.change_settings(theme="dark")
        hands.picture("report-dark")
        self._context.change_settings(theme="light")
        hands.key("Escape")

    def _look_at_readiness(self, name: str) -> None:
        hands = self._hands
        hands.key("Shift+F1")
        hands.rest(400)
        hands.picture(name)
        hands.key("Escape")

    def _valet_confirmed(self) -> bool:
        """HQ has answered the order that was placed offline."""
        found: list[ValetOrderView] = []
        self._context.read(orders, found.extend)
        self._hands.rest(200)
        return [order.state for order in found] == ["confirmed"]

    def _scan_article(self, code: str) -> None:
        before = self._cart().pieces
        self._hands.scan(code)
        self._hands.until(f"scan {code}", lambda: self._cart().pieces == before + 1)

    def _pay(self, open_picture: str, done_picture: str) -> None:
        """Enter collects, Enter settles with the exact amount and prints."""
        hands, before = self._hands, self._sales
        hands.key("Return")
        hands.until("open payment", lambda: self._cart().paying)
        hands.rest(200)
        if open_picture:
            hands.picture(open_picture)
        hands.key("Return")
        hands.until("commit the sale", lambda: self._sales == before + 1)
        if done_picture:
            hands.picture(done_picture)
        hands.key("Return")
        hands.until("be ready again", lambda: not self._window.pages)

    def _sold(self, done: SaleDone) -> None:
        self._sales += 1
        self._total += done.total

    def _cart(self) -> CartView:
        if self._context.cart is None:
            raise PosError("demo_step", step="cart", detail="no cart")
        return self._context.cart

    def _codes(self, *styles: str) -> list[str]:
        """The label of one article of each style, as it hangs in the shop."""
        return [self._labels[style] for style in styles]
