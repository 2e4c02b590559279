"""A scan while the page of follow-ups lies open: whoever scans is at the next sale, and so is their Enter."""

from __future__ import annotations

import pytest

from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_care import ENTER, care, guide, told
from tests.ui.test_late_answers import press

__all__ = ["guide"]


@pytest.mark.parametrize("under", ["", "F1"])
def test_enter_after_a_scan_ends_no_follow_up(guide: Counter, under: str) -> None:
    """Scan and Enter is how a sale begins; the customer of the follow-up has been called by nobody."""
    care(guide)
    if under:
        press(guide, under)
    guide.scan(guide.gtin("T001-RED-110"))
    assert guide.window.place.name == "sale"
    assert guide.lines() == [("红T恤", "1")]
    guide.press(ENTER)
    assert told(guide) == []
    assert guide.window.front.name == "payment"


def test_a_member_whose_code_is_scanned_is_seen(guide: Counter) -> None:
    care(guide)
    guide.scan(MEMBER)
    assert guide.window.place.name == "sale"
    assert guide.cart.served == "M1"
