"""The real window on a data folder, worked by a script without end: log in, scan, Enter, Enter, Enter.

Each sale is printed when the window has been told of it: from there on it must survive anything.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ui.app import opened
from ui.demo.hands import Hands
from ui.shop import Shop


def work(shop: Shop, pin: str, codes: list[str]) -> None:
    hands, sold = Hands(shop.window, None), 0

    def told(done: object) -> None:
        nonlocal sold
        sold += 1
        print("sold", getattr(done, "receipt", ""), flush=True)

    context = shop.context
    context.sold.connect(told)
    hands.until("open the till", lambda: shop.window.login.has_staff)
    hands.type(pin)
    hands.key("Return")
    hands.until("log in", lambda: context.staff is not None and context.cart is not None)
    print("open", flush=True)
    while True:
        before = sold
        if context.cart is not None and not context.cart.paying:
            hands.scan(codes[sold % len(codes)])
        for _ in range(8):
            if sold > before:
                break
            hands.key("Return")
            hands.rest(60)
        hands.key("Return")
        hands.until("be ready again", lambda: not shop.window.pages)


if __name__ == "__main__":
    with opened(Path(sys.argv[1])) as the_shop:
        work(the_shop, sys.argv[2], sys.argv[3:])
