"""The page of follow-ups lies open all day: what HQ sends meanwhile comes to it, and leaves alone who is marked."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt

from tests.actions.kidswear import STORE
from tests.ui.conftest import Counter
from tests.ui.test_care import ENTER, care, guide, told, two
from ui.screens.care import CareScreen

__all__ = ["guide", "two"]


def hear_of(counter: Counter, task: str, member: str, due: datetime, state: str = "open") -> None:
    """HQ's row comes with the sync, and the strip asks the till for its figures."""
    row = {"id": task, "sale": "another till's", "member": member, "owner": "G2", "cadence": "3315", "step": "3h"}
    counter.store.hq.send(STORE, ("care_task", task, {**row, "due": due.isoformat(), "state": state}))
    counter.shop.ask_status()
    counter.rest()


def names(screen: CareScreen) -> list[str]:
    return [one.member_name for one in screen._tasks]


def test_what_comes_while_it_lies_open_is_listed(guide: Counter) -> None:
    """The customer of this morning's sale at the other till is called today, without anybody going away and back."""
    screen, now = care(guide), guide.store.clock.now()
    hear_of(guide, "T9", "M2", now)
    assert names(screen) == ["王**", "李*"]


def test_the_first_one_comes_to_an_empty_page(selling: Counter) -> None:
    screen = care(selling)
    assert names(screen) == []
    row = {"id": "T9", "sale": "", "member": "M2", "owner": "G1", "cadence": "3315", "step": "3h", "state": "open"}
    selling.store.hq.send(STORE, ("care_task", "T9", {**row, "due": selling.store.clock.now().isoformat()}))
    selling.shop.ask_status()
    selling.rest()
    assert "李*" in " ".join(selling.words(screen))
    selling.press(ENTER)
    assert len(told(selling)) == 1


def test_who_is_marked_stays_marked(two: Counter) -> None:
    """An earlier one comes above: Enter still ends the follow-up that is read."""
    screen, now = care(two), two.store.clock.now()
    two.press(Qt.Key.Key_Down)
    assert "赵*" in two.words(screen)[2]
    hear_of(two, "T9", "M2", now.replace(hour=1))
    assert names(screen) == ["李*", "王**", "赵*"]
    assert "赵*" in two.words(screen)[2]
    two.press(ENTER)
    assert names(screen) == ["李*", "王**"]


def test_what_another_till_has_done_goes_and_enter_is_not_for_the_next(guide: Counter) -> None:
    """T-13: whoever was about to press it has called another customer."""
    now = guide.store.clock.now()
    hear_of(guide, "T8", "M2", now.replace(hour=1))
    screen = care(guide)
    assert names(screen) == ["李*", "王**"]
    hear_of(guide, "T8", "M2", now.replace(hour=1), "done")
    guide.press(ENTER)
    assert names(screen) == ["王**"]
    assert told(guide) == []
    guide.wait(700)
    guide.press(ENTER)
    assert len(told(guide)) == 1
