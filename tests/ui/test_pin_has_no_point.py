"""A manager gives the PIN on the number pad of a figure, which has a point that no PIN has."""

from __future__ import annotations

from tests.ui.conftest import Counter
from tests.ui.test_pin_again import asked


def test_a_touch_on_the_point_is_no_part_of_the_pin(selling: Counter) -> None:
    """In dots nobody saw it; the right PIN was a wrong one, and such tries lock it."""
    asked(selling)
    for key in ("9", "9", ".", "9", "9"):
        selling.click(selling.button(key))
    selling.click(selling.button("确定"))
    assert selling.cart.manual_off == 10_000
    assert selling.window.front is selling.sale
