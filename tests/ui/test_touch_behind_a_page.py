"""A touch that puts a page away is for the page alone: its double does nothing to what lies there (T-15)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint

from tests.actions.kidswear import STORE, member_row
from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press
from tests.ui.test_part_paid_once import breathe
from tests.ui.test_valet_orders import valet
from ui.screens.member import MemberPage
from ui.widgets.button import Button
from ui.widgets.choices import ROW

#: Between the two of a finger that bounces (ms).
BOUNCE = 120


@pytest.fixture
def served(selling: Counter) -> Counter:
    """Three articles for a member; the last one is marked."""
    selling.scan(MEMBER)
    for sku in ("A001-RED-110", "T001-BLUE-120", "R001-RED-130"):
        selling.scan(selling.gtin(sku))
    return selling


def touch(counter: Counter, spot: QPoint) -> None:
    """Whatever lies there."""
    part = counter.window.childAt(spot)
    assert part is not None
    counter.click(part, part.mapFrom(counter.window, spot))


def place_of(counter: Counter, button: Button) -> QPoint:
    return button.mapTo(counter.window, button.rect().center())


@pytest.mark.parametrize("page", ["F11", "Shift+F1"])
def test_the_member_stays_in_the_sale(served: Counter, page: str) -> None:
    """The cross beside the member lies under the button that leads back: prices, coupons and points were gone."""
    press(served, page)
    back = place_of(served, served.button("返回"))
    assert isinstance(served.sale.side.member._clear, Button)
    cross = served.sale.side.member._clear
    back.setX(place_of(served, cross).x())
    for _ in range(2):
        touch(served, back)
        served.wait(BOUNCE)
    assert served.window.front is served.sale
    assert served.cart.served == "M1"
    breathe(served)
    touch(served, back)
    assert served.cart.served is None, "the cross is where it was"


def test_the_line_stays_marked(served: Counter) -> None:
    """What was to be three of the last article was three of another one."""
    served.store.hq.send(STORE, member_row("M7", "王小红", "13955551234", code="QL88880007"))
    marked = served.sale.cart.marked()
    press(served, "F3")
    served.type("1234")
    breathe(served)
    page = served.window.front
    assert isinstance(page, MemberPage)
    spot = page._choices.mapTo(served.window, QPoint(240, ROW // 2))
    for _ in range(2):
        touch(served, spot)
        served.wait(BOUNCE)
    assert served.window.front is served.sale
    assert served.sale.cart.marked() == marked


def test_the_size_of_an_order_stays_marked(served: Counter) -> None:
    """The name of the second of two members stands where the grid is."""
    served.store.hq.send(STORE, member_row("M7", "王小红", "13955551234", code="QL88880007"))
    press(served, "F5")
    press(served, "Left")
    sizes = valet(served).sizes
    wanted = sizes.place
    press(served, "F3")
    served.type("1234")
    breathe(served)
    page = served.window.front
    assert isinstance(page, MemberPage)
    spot = page._choices.mapTo(served.window, QPoint(240, ROW + ROW // 2 + 20))
    for _ in range(2):
        touch(served, spot)
        served.wait(BOUNCE)
    assert served.window.front is valet(served)
    assert sizes.place == wanted
    breathe(served)
    touch(served, spot)
    assert sizes.place != wanted, "the grid is where it was"


def test_another_place_is_touched_at_once(served: Counter) -> None:
    press(served, "F11")
    touch(served, place_of(served, served.button("返回")))
    touch(served, place_of(served, served.sale.side.pay))
    assert served.window.front.name == "payment"
