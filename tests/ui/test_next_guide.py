"""The next one at the till sees and does follow-ups of their own, whenever the answer comes."""

from __future__ import annotations

from tests.ui.conftest import Counter
from tests.ui.test_care import ENTER, care, guide, told
from tests.ui.test_late_answers import press, slow_reader

__all__ = ["guide"]


def test_those_of_the_guide_before_are_neither_shown_nor_done(guide: Counter) -> None:
    """G2 has looked at the page and locked the till; G1 comes, while the reader is busy."""
    screen = care(guide)
    press(guide, "Ctrl+L")
    guide.log_in("1111")
    slow = slow_reader(guide)
    care(guide)
    assert not [words for words in guide.words(screen) if "王**" in words]
    guide.press(ENTER)
    slow.let_through()
    assert told(guide) == []


def test_an_answer_for_whoever_has_gone_is_let_go(guide: Counter) -> None:
    """It was asked by G2, and comes when G1 stands here."""
    slow = slow_reader(guide)
    screen = care(guide)
    press(guide, "Ctrl+L")
    slow.let_through()
    guide.log_in("1111")
    slow = slow_reader(guide)
    care(guide)
    guide.press(ENTER)
    assert not [words for words in guide.words(screen) if "王**" in words]
    slow.let_through()
    assert told(guide) == []
