"""A scan at the valet screen: an article opens its grid, anything else is told as it is at the sale."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_valet_orders import valet
from ui.screens.address import AddressPage


def test_a_code_that_nobody_knows_is_told_at_the_valet_screen(selling: Counter) -> None:
    """T-34, T-39: the raw code, with its tone."""
    selling.window.go("valet")
    selling.scan("6999999999990")
    assert selling.shop.context.tones.played == "failure"
    assert "6999999999990" in selling.window.message.text


def test_a_member_at_the_valet_screen_is_heard(selling: Counter) -> None:
    selling.window.go("valet")
    selling.scan(MEMBER)
    assert selling.shop.context.tones.played == "success"


def test_an_article_by_its_gs1_code_opens_its_grid(selling: Counter) -> None:
    """And is not rung up in the cart, which nobody sees here."""
    selling.window.go("valet")
    gtin = selling.gtin("A001-RED-110")
    selling.scan(f"]C1010{gtin}")  # GS1-128: (01) and fourteen digits
    assert selling.lines_of_cart() == []
    assert valet(selling).sizes.cell is not None


def test_an_article_under_the_page_of_an_address_is_not_rung_up(selling: Counter) -> None:
    """Nobody sees the cart there either; what was typed stays, and the next key still goes to the page."""
    selling.window.go("valet")
    selling.scan(selling.gtin("A001-RED-110"))
    selling.press(Qt.Key.Key_F5)
    page = selling.window.front
    assert isinstance(page, AddressPage)
    page._paste.setText("王小明")
    page._paste.setFocus()
    selling.scan(selling.gtin("T001-RED-110"))
    assert selling.lines_of_cart() == []
    assert selling.window.front is page
    assert page._paste.text() == "王小明"
    assert page._paste.hasFocus()
    assert selling.shop.context.tones.played == "success"


def test_a_member_under_a_page_of_the_valet_screen_is_served(selling: Counter) -> None:
    selling.window.go("valet")
    selling.press(Qt.Key.Key_F3)
    selling.scan(MEMBER)
    assert selling.cart.served == "M1"
