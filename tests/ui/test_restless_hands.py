"""Whatever hands do at the window in whatever order, it shows what is and sells what it has shown."""

from __future__ import annotations

import pytest

from tests.ui.conftest import Counter
from tests.ui.restless import RestlessHands
from ui.main_window import MainWindow

DEEDS = 200


@pytest.mark.parametrize("seed", [4, 5, 11])
def test_restless_hands_meet_no_fault(selling: Counter, seed: int) -> None:
    hands = RestlessHands(selling, seed)
    hands.work(DEEDS)
    hands.go_home()


def test_a_fault_is_met(selling: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tab leads to what a page covers."""
    monkeypatch.delattr(MainWindow, "focusNextPrevChild")
    with pytest.raises(AssertionError, match="the keys are not with"):
        RestlessHands(selling, 1).work(DEEDS)
