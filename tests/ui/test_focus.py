"""An answer that comes while a page is in front leaves the keys to the page."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press, slow_reader, slow_till
from tests.ui.test_valet_orders import orders
from ui.runner import InlineRunner
from ui.screens.member import MemberPage

ENTER = Qt.Key.Key_Return


def find_member(counter: Counter) -> QWidget:
    """What is typed finds a member, as the page says."""
    page = counter.window.front
    assert isinstance(page, MemberPage)
    counter.shop.context._till = counter.shop.context._reader = InlineRunner(counter.till)
    counter.type(f"{MEMBER}\n")
    return page


def test_a_valet_order_is_placed_while_the_member_of_the_next_is_looked_for(selling: Counter) -> None:
    selling.scan(selling.gtin("A001-RED-110"))
    press(selling, "F5")
    slow = slow_till(selling)
    selling.press(ENTER)
    press(selling, "F3")
    slow.let_through()
    selling.rest()
    assert len(orders(selling)) == 1
    find_member(selling)
    assert selling.cart.served == "M1"


def test_an_article_is_found_while_the_member_is_looked_for(selling: Counter) -> None:
    """Enter chose the article as soon as it is there, and F3 came before."""
    slow = slow_reader(selling)
    selling.type("T001-RED-110\n")
    press(selling, "F3")
    slow.let_through()
    selling.rest()
    assert selling.lines_of_cart() == [("红T恤", 1)]
    find_member(selling)
    assert selling.cart.served == "M1"
