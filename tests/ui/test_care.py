"""A guide sees whom to call, what to say and what was bought, and says what came of it (C12, G6, G7)."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from tests.actions.kidswear import STORE, member_row
from tests.ui.conftest import MEMBER, Counter
from ui.screens.care import CareScreen

ENTER = Qt.Key.Key_Return


def sell(counter: Counter) -> None:
    """A coat to the member whose own guide is G2."""
    counter.scan(MEMBER)
    counter.scan(counter.gtin("A001-RED-110"))
    for key in (ENTER, ENTER, Qt.Key.Key_Escape):
        counter.press(key)


def care(counter: Counter) -> CareScreen:
    counter.press(Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    screen = counter.window.place
    assert isinstance(screen, CareScreen)
    return screen


def touch(counter: Counter, words: str) -> None:
    (button,) = [one for one in counter.shown_buttons() if one.text() == words]
    counter.click(button)


def told(counter: Counter) -> list[tuple[str, str, str | None]]:
    """What the facts say of follow-ups: change, note, until."""
    rows = counter.store.rows("SELECT body FROM fact WHERE kind = 'CareTaskChanged' ORDER BY seq")
    return [(one["change"], one["note"], one["until"]) for one in (json.loads(body) for (body,) in rows)]


@pytest.fixture
def guide(selling: Counter) -> Counter:
    """G2, three hours after the sale: the thanks are due, tonight's list is open to them."""
    sell(selling)
    selling.store.clock.forward(hours=4)
    selling.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    selling.log_in("2222")
    return selling


def test_the_follow_up_of_a_sale_is_shown_with_its_script(guide: Counter) -> None:
    """The name and the phone are masked; the script is what the customer reads, so it names them."""
    words = " ".join(guide.words(care(guide)))
    assert [part in words for part in ("王**", "139****1234", "感谢", "红羽绒服", "王小明您好")] == [True] * 5
    assert "13912341234" not in words
    touch(guide, "复制话术")
    assert QGuiApplication.clipboard().text() == "王小明您好"


def test_it_is_done(guide: Counter) -> None:
    screen = care(guide)
    guide.press(ENTER)
    assert told(guide) == [("done", "", None)]
    assert "今天没有要联系的顾客" in " ".join(guide.words(screen))
    for _ in range(5):
        guide.press(ENTER)
    assert len(told(guide)) == 1


def test_it_is_put_off_until_the_next_morning(guide: Counter) -> None:
    screen = care(guide)
    touch(guide, "明天再联系")
    assert told(guide) == [("snoozed", "", "2026-11-22T10:00:00+08:00")]
    assert not screen._tasks
    guide.store.clock.forward(days=1)
    guide.window.go("sale")
    assert [one.step_name for one in care(guide)._tasks] == ["感谢"]


def test_another_guide_has_none_of_it(selling: Counter) -> None:
    """The own guide's, not that of whoever sold it."""
    sell(selling)
    assert care(selling)._tasks == ()
    assert "今天没有要联系的顾客" in " ".join(selling.words(care(selling)))


@pytest.fixture
def two(guide: Counter) -> Counter:
    """A second customer of G2's has bought something just now."""
    guide.store.hq.send(STORE, member_row("M3", "赵六", "13700000003", code="QL88880003", own_guide="G2"))
    guide.scan("QL88880003")
    guide.scan(guide.gtin("T001-RED-110"))
    for key in (ENTER, ENTER, Qt.Key.Key_Escape):
        guide.press(key)
    return guide


def test_who_gave_no_name_is_known_by_their_phone(guide: Counter) -> None:
    guide.store.hq.send(STORE, member_row("M4", "", "13700000004", code="QL88880004", own_guide="G2"))
    guide.scan("QL88880004")
    guide.scan(guide.gtin("T001-RED-110"))
    for key in (ENTER, ENTER, Qt.Key.Key_Escape):
        guide.press(key)
    titles = [one.title for one in care(guide)._choices._rows]
    assert titles == ["王** · 感谢", "137****0004 · 感谢"]


def test_arrows_go_through_several(two: Counter) -> None:
    """What is marked is what Enter ends, and no other."""
    screen = care(two)
    assert [one.member_name for one in screen._tasks] == ["王**", "赵*"]
    two.press(Qt.Key.Key_Down)
    assert "赵*" in " ".join(two.words(screen))
    two.press(ENTER)
    assert [one.member_name for one in care(two)._tasks] == ["王**"]


def test_a_double_enter_is_for_one_customer(two: Counter) -> None:
    """T-15: the next one moves up at once, and nobody has called them."""
    screen = care(two)
    for _ in range(5):
        two.press(ENTER)
    assert [one.member_name for one in screen._tasks] == ["赵*"]
    assert len(told(two)) == 1


def test_a_manager_sees_what_nobody_has_done(guide: Counter) -> None:
    """M3: the guide is ill, or has left; whoever else calls, the name of whom it falls to is there."""
    guide.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    guide.log_in("9999")
    screen = care(guide)
    assert [one.member_name for one in screen._tasks] == ["王**"]
    assert "归属导购 王" in " ".join(guide.words(screen))
    guide.press(ENTER)
    assert told(guide) == [("done", "", None)]
