"""The Enter that puts a page away over the follow-ups ends none of them, pressed twice in a breath (T-15)."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Counter
from tests.ui.test_care import ENTER, care, guide, told
from tests.ui.test_late_answers import press
from tests.ui.test_part_paid_once import breathe

__all__ = ["guide"]


@pytest.mark.parametrize("page", ["F1", "F12"])
def test_the_second_enter_is_for_nothing(guide: Counter, page: str) -> None:
    """HQ was told of a follow-up that nobody had done, and that cannot be taken back."""
    screen = care(guide)
    press(guide, page)
    assert guide.window.front is not screen
    for _ in range(2):
        guide.press(ENTER)
        guide.wait(120)
    assert guide.window.front is screen
    assert told(guide) == []
    breathe(guide)
    guide.press(ENTER)
    assert len(told(guide)) == 1
