"""One till among the crowd: the real program, in whose window somebody scans as soon as HQ's news have come.

``news_window.py FOLDER PIN CODE PRICE``: prints ``ready`` once its stream is open, and then, when the scanned article
is painted at PRICE fen apiece, that moment by the monotonic clock, which is the same for all processes. A scan is
needed, since a page from HQ changes no open cart by itself (T-25).
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer

from tests.bench.desk import Desk
from ui.app import opened
from ui.demo.hands import Hands
from ui.shop import Shop

#: Seconds from the first answer of HQ until the stream of news is open: it looks every five.
EAR_S = 8.0


def work(shop: Shop, pin: str, code: str, price: int) -> float:
    desk, context = Desk(shop), shop.context
    came: list[bool] = []
    _log_in(Hands(shop.window, None), shop, pin)
    pulse = QTimer(shop, interval=20)  # whoever waits asleep is woken to look at the clock
    pulse.start()
    desk.shown.append(context.cart)  # type: ignore[arg-type]  # somebody is logged in
    context.cart_changed.connect(desk.shown.append)
    desk.wait(lambda: context.link.online and not context.link.running)
    desk.rest(EAR_S)
    desk.scan_ms(code)
    assert desk.shown[-1].total != price
    shop.link.refreshed.connect(lambda: came.append(True))
    print("ready", flush=True)
    while desk.shown[-1].total != desk.shown[-1].pieces * price:
        desk.wait(lambda: bool(came), 300)
        came.clear()
        desk.scan_ms(code)
    return desk.sale.cart.painted_at


def _log_in(hands: Hands, shop: Shop, pin: str) -> None:
    hands.until("open the till", lambda: shop.window.login.has_staff)
    hands.type(pin)
    hands.key("Return")
    hands.until("log in", lambda: shop.context.staff is not None and shop.context.cart is not None)


def main(folder: str, pin: str, code: str, price: str) -> None:
    with opened(Path(folder)) as shop:
        print(work(shop, pin, code, int(price)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
