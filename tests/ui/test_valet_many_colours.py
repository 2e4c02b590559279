"""A style of more colours than the screen has room for: whatever is marked can be seen (G1)."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt

from tests.actions.kidswear import GLOBAL, product_row
from tests.ui.conftest import Counter
from tests.ui.test_valet_orders import valet

COLOURS = 10


@pytest.fixture
def socks(selling: Counter) -> Counter:
    for n in range(COLOURS):
        row = product_row(f"D{n}", "短袜", style="D001", size="均码", color=f"色{n}", gtins=[])
        selling.store.hq.send(GLOBAL, row)
        selling.store.hq.price(f"D{n}", 990, f"pD{n}")
    selling.press(Qt.Key.Key_F5)
    return selling


def is_seen(counter: Counter) -> bool:
    """Is the whole marked cell on screen, and not behind what is below? The page scrolls once it is laid out, which a
    busy machine does when it comes to it.
    """

    def seen() -> bool:
        counter.window.grab()
        sizes = valet(counter).sizes
        assert sizes.place is not None
        return sizes.visibleRegion().boundingRect().contains(sizes.area(sizes.place))

    counter.rest()
    counter.bot.wait(20)
    counter.bot.waitUntil(seen)
    return seen()


def has_room(counter: Counter, *, whole: bool) -> bool:
    sizes = valet(counter).sizes
    shown = sizes.visibleRegion().boundingRect().height()
    return shown == sizes.height() if whole else shown > 300


def test_the_article_that_was_looked_up_is_seen(socks: Counter) -> None:
    valet(socks).open_sku(f"D{COLOURS - 1}")
    assert is_seen(socks)
    valet(socks).open_sku("D0")
    assert is_seen(socks)


def test_the_marked_one_is_seen_on_the_way_down_and_up(socks: Counter) -> None:
    valet(socks).open_sku("D0")
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
        for _ in range(COLOURS - 1):
            socks.press(key)
            assert is_seen(socks)


def test_a_style_that_has_room_is_shown_whole(socks: Counter) -> None:
    """Also behind a taller one, and that one as far as it has room behind it."""
    for sku in ("A001-RED-110", "D9", "A001-RED-110"):
        valet(socks).open_sku(sku)
        assert is_seen(socks)
        socks.bot.waitUntil(partial(has_room, socks, whole=sku != "D9"))
