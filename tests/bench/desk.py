"""A till at work for the measurements: the real window offscreen, its real threads, 1,000,000 SKUs in the cache."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from posclient.actions import checkout, login
from posclient.actions.till import Till
from posclient.actions.views import CartView
from posclient.config import Settings
from posclient.db import cache_rows, live_cache
from posclient.db.cache_tables import TABLES
from posclient.db.connection import connect, transaction
from posclient.domain.pins import hash_pin
from tests.actions.kidswear import member_row, staff_row
from tests.bench.big_chain import OWN, SKUS, gtin, sku
from tests.db.shop import enrolled
from ui import app as composition
from ui.opening import open_folder
from ui.runner import ThreadRunner, settle, share_fairly
from ui.screens.sale import SaleScreen
from ui.shop import Shop

LINES, COUPONS, PIN = 50, 30, "1111"
#: A hand scanner's keys are some 3 ms apart.
GAP_MS = 3
#: As the program's own loop waits: asleep, so that the till's thread has the interpreter.
ASLEEP = QEventLoop.ProcessEventsFlag.AllEvents | QEventLoop.ProcessEventsFlag.WaitForMoreEvents


def furnish(big: Path, folder: Path) -> Path:
    """A till's data folder with its own copy of the big cache, a guide, promotions, a member with coupons."""
    enrolled(folder).close()
    cache = folder / "cache-1.db"
    shutil.copyfile(live_cache.live_path(big), cache)
    live_cache.point_at(folder, cache)
    con = connect(cache)
    with transaction(con):
        for feed, (table, key, data) in _own_rows():
            cache_rows.put(con, TABLES[table], feed, key, 1, data, OWN)
    con.close()
    return folder


def _own_rows() -> Iterator[tuple[str, tuple[str, str, dict[str, Any]]]]:
    table, key, guide = staff_row("G1", "林", PIN, "guide", "cashier")
    yield "store:S001", (table, key, guide | {"pin_hash": hash_pin(PIN, bytes(16))})  # at the cost that a till pays
    yield "store:S001", member_row("BENCH", "王小明", "13912341234", tier="gold", own_guide="G1")
    for number in range(COUPONS):
        rule = {"id": f"K{number}", "kind": "amount_off", "amount": 500 + 10 * number, "min_spend": 5_000 * number}
        row: dict[str, Any] = {"id": f"K{number}", "member": "BENCH", "name": f"满减券 {number}", "rule": rule}
        row |= {"template": None, "until": None, "single_use": True, "state": "active"}
        yield "store:S001", ("coupon", f"K{number}", row)
    rules: list[dict[str, Any]] = [
        {"id": "P1", "kind": "percent_off", "bp": 1000, "include": ["category:1", "category:2"]},
        {"id": "P2", "kind": "nth_unit", "n": 2, "bp": 5000, "include": ["category:3"]},
        {"id": "P3", "kind": "spend_save", "steps": [{"spend": 30_000, "save": 2_000}], "repeat": True},
    ]
    yield "global", ("setting", "max_coupons", {"name": "max_coupons", "value": 3})
    for rule in rules:
        key = str(rule["id"])
        yield "global", ("promotion", key, {"id": key, "name": f"活动 {key}", "rule": rule})


@dataclass
class Desk:
    """``shop`` is the window with its threads; somebody is logged in and the cart has ``LINES`` lines."""

    shop: Shop
    stamp: float = 0.0
    shown: list[CartView] = field(default_factory=list)

    @property
    def sale(self) -> SaleScreen:
        screen = self.shop.window.place
        assert isinstance(screen, SaleScreen)
        return screen

    def ask(self, work: Any) -> Any:
        """Work of the till's thread, waited for."""
        answers: list[Any] = []
        self.shop.context.do(work, answers.append)
        self.wait(lambda: bool(answers))
        return answers[0]

    def wait(self, done: Any, patience_s: float = 60.0) -> None:
        """Let the window's loop run until ``done``."""
        until = time.monotonic() + patience_s
        while not done():
            assert time.monotonic() < until, "nothing came"
            QApplication.processEvents(ASLEEP)

    def scan_ms(self, code: str) -> float:
        """From the suffix key's delivery to the end of the row's paint."""
        self.stamp = max(self.stamp + 100, self.shop.scanner.keys.now_ms() - 60)
        for place, sign in enumerate(code):
            self._key(Qt.Key(ord(sign)), sign, place)
        known, pieces = len(self.shown), self.shown[-1].pieces
        begun = time.monotonic()
        self._key(Qt.Key.Key_Return, "\r", len(code))
        self.wait(lambda: len(self.shown) > known and self.sale.cart.painted_at > begun)
        assert self.shown[-1].pieces == pieces + 1, code
        return (self.sale.cart.painted_at - begun) * 1000

    def paint_ms(self, view: CartView) -> float:
        """From a ready row to the end of its paint in the same window: the baseline."""
        begun = time.monotonic()
        self.shop.context.show_cart(view)
        self.wait(lambda: self.sale.cart.painted_at > begun)
        return (self.sale.cart.painted_at - begun) * 1000

    def show(self, view: CartView) -> None:
        """Untimed, with all that follows from it."""
        self.shop.context.show_cart(view)
        self.rest()

    def rest(self, seconds: float = 0.01) -> None:
        """Until the window has nothing to do."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            QApplication.processEvents(ASLEEP)

    def _key(self, key: Qt.Key, text: str, place: int) -> None:
        target = QApplication.focusWidget() or self.shop.window
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)
            event.setTimestamp(round(self.stamp + place * GAP_MS))
            QCoreApplication.sendEvent(target, event)


@contextmanager
def opened(folder: Path, *, member: bool) -> Iterator[Desk]:
    """The window on ``folder`` with a cart of ``LINES`` lines, for the member with coupons or for nobody."""
    settings = Settings(sounds=False)
    app = composition.application(settings)
    share_fairly()
    till = ThreadRunner("till", lambda: open_folder(folder, OWN), Till.close, Till.tidy)
    reader = ThreadRunner("reader", lambda: open_folder(folder, OWN, read_only=True), Till.close)
    shop = Shop(app, folder, till, reader, settings)
    desk = Desk(shop)
    pulse = QTimer(shop, interval=5)  # whoever waits asleep is woken to look at the clock
    pulse.start()
    shop.window.show()
    till.start()
    shop.open(with_sync=False)
    try:
        shop.context.show_staff(desk.ask(lambda one: login.log_in(one, PIN)))
        desk.ask(lambda one: _fill(one, member=member))
        shop.context.cart_changed.connect(desk.shown.append)
        desk.show(desk.ask(checkout.view))
        settle()
        desk.rest(1.0)
        yield desk
    finally:
        shop.close()
        for runner in (reader, till):
            runner.close()


def _fill(till: Till, *, member: bool) -> None:
    checkout.set_member(till, "BENCH" if member else None)
    for number in range(LINES):
        checkout.add(till, sku(number * 17_011))


def fresh_code(number: int) -> str:
    """The code of an article that the cart does not have."""
    return gtin((number * 17_011 + 5) % SKUS)


def known_code(number: int) -> str:
    """The code of an article of the cart."""
    return gtin(number % LINES * 17_011)
