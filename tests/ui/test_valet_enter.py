"""Enter orders the article that was asked for last, or none: never the one that stood there before (T-13)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press, slow_reader
from tests.ui.test_valet_orders import orders, valet

SHIRT, COAT = "T001-RED-110", "A001-RED-110"


def scan(counter: Counter) -> None:
    counter.scan(counter.gtin(COAT))


def from_the_cart(counter: Counter) -> None:
    press(counter, "F5")


@pytest.fixture
def looking(selling: Counter) -> Counter:
    """The grid of a shirt stands on the valet screen; a coat is in the cart as well."""
    selling.scan(selling.gtin(SHIRT))
    press(selling, "F5")
    return selling


@pytest.mark.parametrize("ask", [scan, from_the_cart])
def test_enter_before_the_answer_orders_nothing(looking: Counter, ask: Callable[[Counter], None]) -> None:
    """The reader is at a search; the shirt would have been sent to whoever waits for the coat."""
    if ask is from_the_cart:
        looking.window.go("sale")
        looking.scan(looking.gtin(COAT))
    slow = slow_reader(looking)
    ask(looking)
    looking.press(Qt.Key.Key_Return)
    slow.let_through()
    looking.rest()
    assert orders(looking) == []
    cell = valet(looking).sizes.cell
    assert cell is not None
    assert cell.sku == COAT
    looking.press(Qt.Key.Key_Return)
    assert [total for *_, total in orders(looking)] == [25_900]


def test_a_code_that_is_no_article_leaves_enter_to_the_one_that_stands_there(looking: Counter) -> None:
    looking.scan("6999999999990")
    looking.press(Qt.Key.Key_Return)
    assert [total for *_, total in orders(looking)] == [5900]
