"""A valet order is placed for the price that was seen: Enter waits for it, as for the article (T-13)."""

from __future__ import annotations

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import ENTER, slow_reader
from tests.ui.test_valet_orders import valet


def test_enter_waits_for_the_price_of_the_article(selling: Counter) -> None:
    """The shirt's grid is there, and beside it still stands the price of the coat."""
    selling.window.go("valet")
    selling.scan(selling.gtin("A001-RED-110"))
    screen = valet(selling)
    assert screen.side.due.text() == "259.00"
    before, slow = selling.shop.context._reader, slow_reader(selling)
    selling.scan(selling.gtin("T001-RED-110"))
    while screen._grid is None or screen._grid.style != "T001":
        slow.waiting.pop(0)()
    assert screen.side.due.text() == "259.00"
    selling.press(ENTER)
    assert selling.store.rows("SELECT id FROM valet_order") == []
    slow.let_through()
    selling.shop.context._reader = before
    selling.rest()
    selling.press(ENTER)
    assert len(selling.store.rows("SELECT id FROM valet_order")) == 1
