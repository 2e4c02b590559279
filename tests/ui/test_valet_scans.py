"""A scan at the valet screen: an article opens its grid, anything else is told as it is at the sale."""

from __future__ import annotations

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_valet_orders import valet


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
