"""The guide's own discount on a valet order is for the customer whom they gave it to, as the address is (T-67, G2)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press
from tests.ui.test_valet_orders import orders, valet

COAT, ENTER = "A001-RED-110", Qt.Key.Key_Return


@pytest.fixture
def discounted(selling: Counter) -> Counter:
    """A coat of 259 yuan is out; the guide takes 10 yuan off, and the customer thinks it over."""
    selling.scan(selling.gtin(COAT))
    press(selling, "F5")
    press(selling, "F8")
    assert valet(selling).side.due.text() == "249.00"
    selling.window.go("sale")
    return selling


def test_the_next_customer_does_not_get_what_the_one_before_was_given(discounted: Counter) -> None:
    for _ in range(3):
        discounted.press(ENTER)  # the first one buys what is in the cart, and goes
    discounted.window.go("valet")
    discounted.rest()
    assert valet(discounted).side.due.text() == "259.00"
    discounted.press(ENTER)
    assert [total for _, _, total in orders(discounted)] == [25900]


def test_another_guide_gives_nothing_that_they_did_not_choose(discounted: Counter) -> None:
    press(discounted, "Ctrl+L")
    discounted.log_in("2222")
    discounted.window.go("valet")
    discounted.rest()
    assert valet(discounted).side.due.text() == "259.00"


def test_it_stays_while_the_same_customer_is_served(discounted: Counter) -> None:
    """Back at the grid, and their member code comes last."""
    discounted.window.go("valet")
    discounted.scan(MEMBER)
    assert valet(discounted).side.due.text() == "229.00"
