"""F7 and Enter turn a coupon, and Enter again lets the till choose, wherever it stands in the list by then."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_late_answers import press
from tests.ui.test_settling_once import COAT


def test_enter_again_is_for_the_same_coupon(selling: Counter) -> None:
    """The one that was left out moved down, none was marked any more, and Enter did nothing at all."""
    for place in (1, 2, 3):
        selling.store.hq.coupon(f"K{place}", "M1", {"kind": "amount_off", "amount": place * 1000})
    selling.scan(selling.gtin(COAT))
    selling.scan(MEMBER)
    press(selling, "F7")
    for choice, off in (("excluded", 2000), ("auto", 3000), ("excluded", 2000)):
        selling.press(Qt.Key.Key_Return)
        assert {one.id: one.choice for one in selling.sale.side.coupon_rows()}["K3"] == choice
        assert selling.cart.coupon_off == off
    selling.press(Qt.Key.Key_Up)
    selling.press(Qt.Key.Key_Return)
    assert {one.id: one.choice for one in selling.sale.side.coupon_rows()}["K1"] == "pinned"
