"""A scan at the valet screen, and Esc before it is answered: it goes where the person is by then."""

from __future__ import annotations

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press, slow_reader

COAT = "A001-RED-110"


def test_an_article_is_rung_up_at_the_sale(selling: Counter) -> None:
    """It was said to be taken, stood in no cart, and was not paid for."""
    press(selling, "F5")
    slow = slow_reader(selling)
    selling.scan(selling.gtin(COAT))
    press(selling, "Esc")
    slow.let_through()
    assert selling.window.place is selling.sale
    assert selling.lines_of_cart() == [("红羽绒服", 1)]
    assert selling.lines() == [("红羽绒服", "1")]


def test_behind_the_login_nothing_is_rung_up(selling: Counter) -> None:
    press(selling, "F5")
    slow = slow_reader(selling)
    selling.scan(selling.gtin(COAT))
    press(selling, "Ctrl+L")
    slow.let_through()
    assert selling.lines_of_cart() == []
