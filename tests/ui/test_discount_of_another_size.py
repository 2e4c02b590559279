"""A discount that was chosen for one size is at most what another one costs, too (G2)."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.test_late_answers import press
from tests.ui.test_valet_orders import orders, valet


def test_it_does_not_go_on_to_a_size_that_costs_less(selling: Counter) -> None:
    """It cost 0.00 on screen, with a step marked that cannot be touched, and the order was refused as if an amount had
    been typed.
    """
    selling.store.hq.price("A001-RED-110", 1900, "q1")
    selling.scan(selling.gtin("A001-RED-120"))
    press(selling, "F5")
    for _ in range(2):
        press(selling, "F8")
    assert valet(selling).side.due.text() == "239.00"
    press(selling, "Left")
    assert valet(selling).side.due.text() == "19.00"
    selling.press(Qt.Key.Key_Return)
    assert orders(selling) == [("unconfirmed", "G1", 1900)]


def test_it_goes_on_to_one_that_costs_more_than_it(selling: Counter) -> None:
    selling.scan(selling.gtin("A001-RED-120"))
    press(selling, "F5")
    press(selling, "F8")
    press(selling, "Left")
    assert valet(selling).side.due.text() == "249.00"
