"""A public code at the counter: scanned or typed, without a member, beside one, left out by keys and by a touch."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press

COAT = "A001-RED-110"


@pytest.fixture
def announced(selling: Counter) -> Counter:
    """20 yuan off for anybody, a coat in the cart, and nobody served."""
    selling.store.hq.coupon("SPRING", "", {"kind": "amount_off", "amount": 2000}, single_use=False)
    selling.scan(selling.gtin(COAT))
    return selling


def listed(counter: Counter) -> list[tuple[str, str, str]]:
    return [(row.id, row.choice, row.amount) for row in counter.sale.side.coupon_rows()]


def test_a_code_is_listed_without_a_member(announced: Counter) -> None:
    announced.scan("SPRING")
    assert listed(announced) == [("SPRING", "pinned", "-20.00")]
    assert announced.sale.side.coupons.isVisible()
    assert announced.sale.side.due.text() == "239.00"
    assert announced.shop.context.tones.played == "success"


def test_a_code_is_typed(announced: Counter) -> None:
    """As it is read out of the shop's chat."""
    announced.type("SPRING\n")
    assert listed(announced) == [("SPRING", "pinned", "-20.00")]


def test_a_code_is_left_out_by_keys_and_by_a_touch(announced: Counter) -> None:
    announced.scan("SPRING")
    press(announced, "F7")
    for _ in range(2):  # the till chooses; then it is left out
        announced.press(Qt.Key.Key_Home)
        announced.type(" ")
    assert listed(announced) == [("SPRING", "excluded", "")]
    assert announced.sale.side.due.text() == "259.00"
    coupons = announced.sale.side.coupons
    announced.click(coupons.viewport(), coupons.visualRect(coupons.model().index(0, 0)).center())
    assert listed(announced) == [("SPRING", "auto", "-20.00")]


def test_a_code_stands_beside_the_members_coupons(announced: Counter) -> None:
    announced.store.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    announced.scan("SPRING")
    announced.scan(MEMBER)
    assert listed(announced) == [("SPRING", "pinned", "-20.00"), ("K1", "auto", "")]


def test_a_lock_keeps_it(announced: Counter) -> None:
    announced.scan("SPRING")
    press(announced, "Ctrl+L")
    announced.log_in()
    assert listed(announced) == [("SPRING", "pinned", "-20.00")]
