"""A valet order is under way and the guide opens the next article: its grid stays (G1)."""

from __future__ import annotations

from PySide6.QtCore import Qt

from posclient.domain.valet import Address
from tests.ui.conftest import Counter
from tests.ui.test_late_answers import slow_till
from tests.ui.test_valet_orders import valet
from ui.screens.valet import ValetScreen

COAT, SHIRT, ENTER = "A001-RED-110", "T001-RED-110", Qt.Key.Key_Return


def under_way(counter: Counter, address: Address | None) -> ValetScreen:
    """An order of a coat is placed, and a shirt is looked at; then the answer comes."""
    counter.window.go("valet")
    counter.scan(counter.gtin(COAT))
    screen = valet(counter)
    screen._set_address(Address("王女士", "13912341234", "南京路 2 号 301"))
    before, slow = counter.shop.context._till, slow_till(counter)
    counter.press(ENTER)
    assert slow.waiting
    counter.scan(counter.gtin(SHIRT))
    if address is not None:
        screen._set_address(address)
    slow.let_through()
    counter.shop.context._till = before
    counter.rest()
    assert len(counter.store.rows("SELECT id FROM valet_order")) == 1
    return screen


def test_the_next_articles_grid_stays_open(selling: Counter) -> None:
    screen = under_way(selling, None)
    assert screen.sizes.cell is not None
    assert screen._grid is not None
    assert screen._grid.style == "T001"
    assert screen._address is None, "the address was that order's"
    selling.press(ENTER)
    assert len(selling.store.rows("SELECT id FROM valet_order")) == 2


def test_an_address_that_was_typed_meanwhile_stays(selling: Counter) -> None:
    address = Address("李先生", "13900001111", "北京路 1 号")
    assert under_way(selling, address)._address == address
