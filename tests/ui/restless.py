"""Hands that do at random whatever can be done at the window, and what must hold after each deed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from shiboken6 import isValid

from posclient.actions import checkout
from posclient.db import journal, sales
from posclient.domain.money import yuan
from tests.actions.kidswear import STORE, staff_row
from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press, slow_reader, slow_till
from ui.keys import ORDER
from ui.screens.payment import PaymentPage
from ui.screens.sale import SaleScreen
from ui.widgets.choices import ROW, Choices
from ui.widgets.hints import ELSEWHERE

KEYS = (
    *("F1", "F2", "F3", "F4", "F5", "F7", "F8", "F9", "F10", "F11", "F12", "Shift+F1", "Shift+F4", "Shift+F5"),
    *("Shift+F8", "Shift+F11", "Shift+Del", "Ctrl+P", "Ctrl+L", "Tab", "Shift+Tab", "Backspace", "Del", "Up", "Down"),
    *("Left", "Right", "Home", "Esc", "Esc", "Return", "Return", "Return", "Return", "Return", "Return"),
)
#: What people do in one go.
HABITS = (
    "Return Return", "Return Return Return", "F9 :300 Return", "F9 :20 Return Return", "F9 F3 Return", "F9 F3 Esc",
    "F9 :20 F3 Return Esc Return", "F8 :30 Return :9999 Return", "Shift+F8 :45 Return :9999 Return", ":* :3 Return",
    "F3 :13900005678 F3 Return", "F3 :1234 Return Down Return", "F4 :2", "Shift+F4 :1", "F7 Return", "F5 Right Return",
    "Shift+Del Return", "F12 Return", "F11 Return", ":T001 Return", ":hyrf Down Return", "Shift+F5 Return",
)  # fmt: skip
CODES = (MEMBER, MEMBER, "QLM2", "BADGE-G2", "BADGE-B1", "6900000000999", "RUBBISH??%", "S00101000001")
ARTICLES = ("A001-RED-110", "T001-BLUE-120", "R001-RED-130")
PINS = ("1111", "1111", "9999", "3333")


class RestlessHands:
    """The same ``seed`` does the same deeds. The worker answers at once, or stalls and is let do a piece."""

    def __init__(self, counter: Counter, seed: int) -> None:
        self._counter, self._random = counter, Random(seed)
        self._window = counter.window
        self._runners = (slow_till(counter), slow_reader(counter))
        self._stalls = False
        self._seen: PaymentPage | None = None
        self.sold: list[str] = []
        counter.shop.context.sold.connect(lambda done: self.sold.append(done.sale_id))

    def work(self, deeds: int) -> None:
        """So many deeds; ``AssertionError`` at the first after which something does not hold."""
        kinds: tuple[tuple[Callable[[], None], int], ...] = (
            (self._key, 30), (self._habit, 20), (self._scan, 14), (self._touch, 18), (self._touch_row, 4),
            (self._let_one_through, 8), (self._stall, 3), (self._hear_from_hq, 3),
        )  # fmt: skip
        for _ in range(deeds):
            if self._counter.shop.context.staff is None and self._random.random() < 0.4:
                self._habit(f":{self._random.choice(PINS)} Return")
            (deed,) = self._random.choices([one for one, _ in kinds], [weight for _, weight in kinds])
            deed()
            self._answer()
            self.check()

    # --- deeds

    def _key(self) -> None:
        press(self._counter, self._random.choice(KEYS))

    def _habit(self, keys: str = "") -> None:
        for one in (keys or self._random.choice(HABITS)).split():
            if one.startswith(":"):
                self._counter.type(one[1:])
            else:
                press(self._counter, one)
            self._answer()

    def _scan(self) -> None:
        article = self._counter.gtin(self._random.choice(ARTICLES))
        self._counter.scan(self._random.choice((article, article, self._random.choice(CODES))))

    def _touch(self) -> None:
        buttons = [one for one in self._window.findChildren(QAbstractButton) if one.isEnabled() and self._in_sight(one)]
        self._touch_one([(one, one.rect().center()) for one in buttons], self._random.choice((1, 1, 1, 2)))

    def _touch_row(self) -> None:
        lists = [one for one in self._window.findChildren(Choices) if one.isVisible()]
        rows = [(one, QPoint(20, place * ROW + 20)) for one in lists for place in range(len(one.ids()))]
        self._touch_one([(one, spot) for one, spot in rows if self._in_sight(one, spot)])

    def _touch_one(self, spots: Sequence[tuple[QWidget, QPoint]], times: int = 1) -> None:
        if not spots:
            return
        widget, spot = self._random.choice(spots)
        for _ in range(times):
            if isValid(widget) and self._in_sight(widget, spot):
                QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=spot)
            self._answer()

    def _in_sight(self, part: QWidget, spot: QPoint | None = None) -> bool:
        place = part.mapTo(self._window, spot or part.rect().center())
        return part.isVisible() and self._window.childAt(place) is part

    def _let_one_through(self) -> None:
        runner = self._random.choice(self._runners)
        if runner.waiting:
            runner.waiting.pop(0)()

    def _stall(self) -> None:
        self._stalls = not self._stalls

    def _hear_from_hq(self) -> None:
        hq, cents = self._counter.store.hq, self._random.randrange(5) * 100
        news: tuple[Callable[[], None], ...] = (
            lambda: hq.price("T001-BLUE-120", 5000 + cents, "p-T001-BLUE-120"),
            lambda: hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000 + cents}),
            lambda: hq.send(STORE, ("coupon", "K1", None)),
            lambda: hq.send(STORE, ("staff", "G2", None)),
            lambda: hq.send(STORE, staff_row("G2", "王", "2222", "guide")),
            lambda: hq.setting("cash_rounding", self._random.choice((1, 10, 100))),
        )
        self._random.choice(news)()
        self._counter.shop.link.refreshed.emit()

    def _answer(self) -> None:
        self._seen = next((one for one in self._window.pages if isinstance(one, PaymentPage)), self._seen)
        while not self._stalls and self._waits:
            for runner in self._runners:
                runner.let_through()
        QApplication.processEvents()

    @property
    def _waits(self) -> bool:
        return any(one.busy for one in self._runners)

    # --- what must hold

    def check(self) -> None:
        """At any time; and what holds when nothing is under way."""
        self._check_keys()
        self._check_sale_on_screen()
        self._check_sold()
        if not self._waits:
            self._check_rest()

    def _check_keys(self) -> None:
        window, front = self._window, self._window.front
        deeds, hidden = window.deeds(), {*ELSEWHERE, *front.own_words}
        assert window.hints._shown == tuple(
            one for one in ORDER if one in deeds and one not in hidden and window.keys.cap(one)
        ), "a hint for a key that does nothing, or none for one that does"
        focus = QApplication.focusWidget()
        assert focus is not None, "the keys go nowhere"
        assert focus.isVisible(), "the keys go to what nobody sees"
        assert front.has_keys(), f"the keys are not with {front.name}"
        pins = [one for one in window.findChildren(QLineEdit) if getattr(one, "kind", "") == "pin"]
        assert all(one.echoMode() is QLineEdit.EchoMode.Password for one in pins), "a PIN in clear"

    def _check_sale_on_screen(self) -> None:
        cart, sale = self._counter.shop.context.cart, self._window._made.get("sale")
        if cart is None or not isinstance(sale, SaleScreen) or self._counter.shop.context.staff is None:
            return
        rows = [(row.id, row.qty, row.net) for row in sale.rows.rows]
        assert rows == [(line.id, str(line.qty), yuan(line.net)) for line in cart.lines], "other lines than the cart's"
        assert sale.side.due.text() == yuan(cart.total), "another amount due than the cart's"
        assert sale._paying == any(isinstance(one, PaymentPage) for one in self._window.pages), "payment hangs"

    def _check_sold(self) -> None:
        """Each sale is one that the payment page showed, whole and once."""
        made = sales.recent(self._counter.till.db, 1000)
        assert sorted(one.id for one in made) == sorted(self.sold), "a sale that was not told, or told twice"
        if made and self._seen is not None and self._seen._done is not None:
            view, last = self._seen._view, made[0]
            assert view is not None
            assert view.total == last.total == sum(one.amount for one in last.payments) + last.rounding, "other money"
            assert [(one.sku, one.qty, one.net) for one in view.lines] == [
                (one.sku, one.qty, one.net) for one in last.lines
            ], "other lines were sold than were seen"
            assert (view.served, view.guide_id) == (last.member, last.guide), "another member or guide"
        assert journal.verify_chain(self._counter.till.db) is None

    def _check_rest(self) -> None:
        context, till = self._counter.shop.context, self._counter.till
        assert (context.staff and context.staff.id) == (till.staff and till.staff.id), "another one is logged in"
        waiting = [one.name for one in self._window.pages if one.awaited or getattr(one, "_awaited", False)]
        assert waiting == [], "a page waits for ever"
        if context.staff is not None and context.cart is not None:
            now, seen = checkout.view(till), context.cart  # names follow HQ at the next deed
            assert (now.cart_id, now.total, now.due) == (seen.cart_id, seen.total, seen.due), "another cart is open"
            assert [(one.id, one.qty, one.net) for one in now.lines] == [
                (one.id, one.qty, one.net) for one in seen.lines
            ], "other lines are in the open cart"

    def go_home(self) -> None:
        """Esc, and Enter where money has been taken, lead to the sale from wherever one is."""
        self._stalls = False
        self._answer()
        for _ in range(12):
            if self._window.front.name in {"sale", "login"}:
                return
            asks = self._window.front.name in {"payment", "confirm"} and self._counter.till.selling.cart.has_money
            press(self._counter, "Return" if asks else "Esc")
            self._answer()
            self._counter.wait(100)  # an Enter in the breath of the one before is for nothing
        raise AssertionError(f"no way out of {self._window.front.name}")
