"""A badge on the page of a registration counts, also that of the guide who sells already (C4)."""

from __future__ import annotations

from tests.ui.conftest import Counter
from tests.ui.test_register_badge import ENTER, own_guides, registering


def test_the_badge_of_the_sales_own_guide_puts_a_wrong_touch_right(selling: Counter) -> None:
    """G1 sells, and has touched the button beside their own: the scanner says that the badge was taken."""
    page = registering(selling)
    selling.click(page._guide_buttons["G2"])
    selling.scan("BADGE-G1")
    assert selling.shop.context.tones.played == "success"
    assert page._guide_buttons["G1"].isChecked()
    selling.press(ENTER)
    assert own_guides(selling) == [("G1",)]
