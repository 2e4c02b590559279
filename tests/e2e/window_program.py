"""The real window on a data folder, worked by a script without end: log in, scan, Enter, Enter, Enter.

Each sale is printed when the window has been told of it: from there on it must survive anything.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from posclient.errors import PosError
from ui.app import opened
from ui.demo.hands import Hands
from ui.shop import Shop

#: Of Enter, before something is wrong.
MOST_PRESSES = 200


def work(shop: Shop, pin: str, codes: list[str]) -> None:
    hands, sold = Hands(shop.window, None), 0

    def told(done: object) -> None:
        nonlocal sold
        sold += 1
        print("sold", getattr(done, "receipt", ""), flush=True)

    def is_sold(count: int) -> bool:
        return sold >= count

    context = shop.context
    context.sold.connect(told)
    hands.until("open the till", lambda: shop.window.login.has_staff)
    hands.type(pin)
    hands.key("Return")
    hands.until("log in", lambda: context.staff is not None and context.cart is not None)
    print("open", flush=True)
    while True:
        committed = partial(is_sold, sold + 1)
        if context.cart is not None and not context.cart.paying:
            hands.scan(codes[sold % len(codes)])
        press_until(hands, "commit the sale", committed)
        press_until(hands, "be ready again", lambda: not shop.window.pages)


def press_until(hands: Hands, what: str, true: Callable[[], bool]) -> None:
    """Enter again and again, as an impatient person: a busy window may not have been ready for the one before."""
    for _ in range(MOST_PRESSES):
        if true():
            return
        hands.key("Return")
        hands.rest(60)
    raise PosError("demo_step", step=what, detail="timeout")


def main(words: Sequence[str]) -> int:
    """Data folder, PIN, codes to scan."""
    folder, pin, *codes = words
    with opened(Path(folder)) as shop:
        work(shop, pin, codes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
