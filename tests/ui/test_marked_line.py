"""The line that keys are about is the one that was marked, whatever is heard meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Counter
from tests.ui.played_line import go_online

COAT, SHIRT = "A001-RED-110", "T001-RED-110"


def unknown(counter: Counter) -> None:
    counter.scan("nothing-known")


def quantity_that_stays(counter: Counter) -> None:
    counter.type("*\n")


@pytest.mark.parametrize("heard", [go_online, unknown, quantity_that_stays])
def test_it_stays_marked(selling: Counter, heard: Callable[[Counter], None]) -> None:
    """The line to HQ comes and goes by itself; Del took out what had been scanned last."""
    selling.scan(selling.gtin(COAT))
    selling.scan(selling.gtin(SHIRT))
    selling.press(Qt.Key.Key_Up)
    heard(selling)
    selling.rest()
    selling.press(Qt.Key.Key_Delete)
    assert selling.lines_of_cart() == [("红T恤", 1)]


def test_what_is_scanned_again_is_marked(selling: Counter) -> None:
    for sku in (COAT, SHIRT):
        selling.scan(selling.gtin(sku))
    selling.press(Qt.Key.Key_Up)
    selling.scan(selling.gtin(SHIRT))
    selling.press(Qt.Key.Key_Delete)
    assert selling.lines_of_cart() == [("红羽绒服", 1)]
