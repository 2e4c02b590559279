"""Follow-ups that nobody has done for a year: the page is there at once, and today's are on it."""

from __future__ import annotations

import time
from datetime import timedelta

from PySide6.QtCore import Qt

from posclient.actions import care as actions
from tests.actions.kidswear import STORE
from tests.ui.conftest import Counter
from tests.ui.test_care import care, guide, told
from ui.i18n import tr
from ui.screens.care import MOST

__all__ = ["guide"]
#: A year of a store with twenty members a day, and three steps for each.
YEAR = 20_000


def leave(counter: Counter, count: int) -> None:
    """An hour apart, the last one an hour ago."""
    now = counter.store.clock.now()
    row = {"sale": "another till's", "member": "M2", "owner": "G2", "cadence": "3315", "step": "3h", "state": "open"}
    due = ((now - timedelta(hours=place + 1)).isoformat() for place in range(count))
    rows = ({**row, "id": f"T{place:05d}", "due": at} for place, at in enumerate(due))
    counter.store.hq.send(STORE, *[("care_task", str(one["id"]), one) for one in rows])


def test_a_year_of_them_holds_nobody_up(guide: Counter) -> None:
    """A search waits behind whatever the page reads."""
    leave(guide, YEAR)
    care(guide)
    begin = time.monotonic()
    screen = care(guide)
    assert time.monotonic() - begin < 2
    assert len(screen._tasks) == MOST


def test_those_of_today_are_listed_and_the_page_says_that_there_are_more(guide: Counter) -> None:
    """T-26: the thanks of today's sale stand at the end; with each that is done an earlier one comes."""
    leave(guide, MOST)
    screen = care(guide)
    assert [one.member_name for one in screen._tasks].count("王**") == 1
    assert tr("care.more", n=MOST) in guide.words(screen)
    guide.press(Qt.Key.Key_Return)
    assert len(screen._tasks) == MOST
    assert tr("care.more", n=MOST) not in guide.words(screen)
    assert tr("care.subtitle") in guide.words(screen)
    assert len(told(guide)) == 1


def test_what_was_put_off_here_counts_once_among_many(guide: Counter) -> None:
    """HQ's row of before does not bring it back, and takes no other's place."""
    leave(guide, 5)
    till = guide.till
    until = guide.store.clock.now() + timedelta(days=1)
    first = [one.id for one in actions.due(till, "G2", until, 3)]
    assert len(first) == 3
    actions.change(till, first[-1], "done", "")
    second = [one.id for one in actions.due(till, "G2", until, 3)]
    assert second[1:] == first[:2]
    assert actions.due(till, "G2", until)[-3:] == actions.due(till, "G2", until, 3)
