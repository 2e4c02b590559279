"""A coupon is left out or insisted on by a touch: one touch, one coupon."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press
from tests.ui.test_settling_once import COAT
from ui.screens.once import DOUBLE_S


@pytest.fixture
def three(selling: Counter) -> Counter:
    """30, 20 and 10 yuan off; one of them goes with a sale."""
    for place in (1, 2, 3):
        selling.store.hq.coupon(f"K{place}", "M1", {"kind": "amount_off", "amount": place * 1000})
    selling.scan(selling.gtin(COAT))
    selling.scan(MEMBER)
    return selling


def touch(counter: Counter, row: int) -> None:
    coupons = counter.sale.side.coupons
    counter.click(coupons.viewport(), coupons.visualRect(coupons.model().index(row, 0)).center())
    counter.wait(120)


def choices(counter: Counter) -> dict[str, str]:
    return {one.id: one.choice for one in counter.sale.side.coupon_rows()}


def test_a_finger_that_bounces_leaves_one_coupon_out(three: Counter) -> None:
    """The next best one moves up to the place of the one that goes, under the same finger."""
    touch(three, 0)
    touch(three, 0)
    assert choices(three) == {"K1": "auto", "K2": "auto", "K3": "excluded"}
    three.wait(round(DOUBLE_S * 1000) + 50)
    touch(three, 0)
    assert choices(three) == {"K1": "auto", "K2": "excluded", "K3": "excluded"}


def test_a_finger_that_bounces_insists_on_one_coupon(three: Counter) -> None:
    """The second touch was for the one that came up there: two that do not go together, and a message about them."""
    for _ in range(2):
        touch(three, 1)
    assert choices(three) == {"K1": "pinned", "K2": "auto", "K3": "auto"}
    assert three.window.message.text == ""


def test_keys_are_not_held_back(three: Counter) -> None:
    for _ in range(2):
        press(three, "F7")
        three.press(Qt.Key.Key_Home)
        three.type(" ")
    assert sorted(choices(three).values()) == ["auto", "excluded", "excluded"]
