"""Every article of a style has a place of its own in the grid, so that what was scanned is what is ordered (G1)."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt

from tests.actions.kidswear import GLOBAL, product_row
from tests.ui.conftest import Counter
from tests.ui.test_valet_orders import valet

RED, BLUE = "6901234567892", "6901234567885"


def scarves(counter: Counter, red: str, blue: str) -> None:
    """Two articles of a style in one size, whose colour an import without that column did not say."""
    one = {"style": "B001", "size": "均码"}
    counter.store.hq.send(
        GLOBAL, product_row("B1", red, gtins=[RED], **one), product_row("B2", blue, gtins=[BLUE], **one)
    )
    for sku in ("B1", "B2"):
        counter.store.hq.price(sku, 9900, f"p{sku}")
    counter.press(Qt.Key.Key_F5)


@pytest.mark.parametrize(("red", "blue"), [("红围巾", "蓝围巾"), ("围巾", "围巾")])
@pytest.mark.parametrize(("code", "sku"), [(RED, "B1"), (BLUE, "B2")])
def test_the_scanned_article_is_ordered(selling: Counter, red: str, blue: str, code: str, sku: str) -> None:
    """By its name where that says which it is, else by its number."""
    scarves(selling, red, blue)
    selling.scan(code)
    cell = valet(selling).sizes.cell
    assert cell is not None
    assert cell.sku == sku
    selling.press(Qt.Key.Key_Return)
    ((lines,),) = selling.store.rows("SELECT lines FROM valet_order")
    assert [one["sku"] for one in json.loads(lines)] == [sku]


def test_the_other_one_is_an_arrow_away(selling: Counter) -> None:
    scarves(selling, "红围巾", "蓝围巾")
    selling.scan(RED)
    selling.press(Qt.Key.Key_Down)
    cell = valet(selling).sizes.cell
    assert cell is not None
    assert cell.sku == "B2"
