"""Log in by PIN, by touch, by badge; wrong PINs; a till that nobody can log in to says what to do."""

from collections.abc import Iterator
from contextlib import closing
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.actions.kidswear import Hq, open_logged_out
from tests.ui.conftest import QUIET, Counter
from tests.ui.test_settling_once import SlowRunner
from ui import app as composition
from ui.opening import open_folder
from ui.runner import InlineRunner, ThreadRunner
from ui.shop import Shop
from ui.widgets.button import Button


def said(counter: Counter) -> str:
    """All words on the login."""
    labels = counter.window.login.findChildren(QLabel)
    return " ".join(label.text() for label in labels if label.isVisible())


def button(counter: Counter, words: str) -> Button:
    """The button with these words."""
    return next(one for one in counter.window.findChildren(Button) if one.isVisible() and one.text() == words)


def test_the_pin_alone_is_enough(counter: Counter) -> None:
    counter.log_in("1111")
    staff = counter.shop.context.staff
    assert staff is not None
    assert staff.name == "林"


def test_by_touch_alone(counter: Counter) -> None:
    counter.click(button(counter, "林"))
    for digit in "1111":
        counter.click(button(counter, digit))
    counter.click(button(counter, "登录"))
    assert counter.shop.context.staff is not None


def test_by_badge_and_pin(counter: Counter) -> None:
    counter.scan("BADGE-G2")
    assert "工牌已读" in said(counter)
    counter.type("2222\n")
    staff = counter.shop.context.staff
    assert staff is not None
    assert staff.name == "王"


def test_a_wrong_pin_says_how_many_tries_are_left(counter: Counter) -> None:
    counter.type("4711\n")
    assert counter.shop.context.staff is None
    assert "还可以试 4 次" in said(counter)
    assert counter.shop.context.tones.played == "failure"


def test_after_too_many_it_says_how_long_to_wait(counter: Counter) -> None:
    for _ in range(6):
        counter.type("4711\n")
    assert "秒后再试" in said(counter)
    counter.type("1111\n")
    assert counter.shop.context.staff is None


def test_digits_of_the_one_before_are_gone(counter: Counter) -> None:
    """Typed, not entered, and then locked: the next one starts with nothing."""
    counter.type("111")
    counter.window.lock()
    counter.type("1\n")
    assert counter.shop.context.staff is None


def test_before_log_in_no_key_leads_anywhere(counter: Counter) -> None:
    for key in (Qt.Key.Key_F2, Qt.Key.Key_F9, Qt.Key.Key_F10, Qt.Key.Key_F12):
        counter.press(key)
    assert counter.window.front is counter.window.login
    assert not counter.window.rail.isVisible()


@pytest.fixture
def second(counter: Counter, tmp_path: Path) -> Iterator[Shop]:
    """Another window on the same data folder."""
    runner = ThreadRunner("till", lambda: open_folder(counter.store.folder), lambda till: till.close())
    shop = Shop(composition.application(QUIET), tmp_path, runner, InlineRunner(None), QUIET)
    runner.start()
    yield shop
    shop.close()
    runner.close()


def test_a_second_window_on_the_same_folder_is_refused_with_a_message(second: Shop, qtbot: QtBot) -> None:
    """S-15: two programs on one data folder."""
    second.open(with_sync=False)
    second.window.show()
    panel = second.window.login.panel

    def words() -> str:
        return " ".join(label.text() for label in panel.findChildren(QLabel))

    qtbot.waitUntil(lambda: "另一个窗口" in words())
    assert second.context.staff is None
    # what a layout is given is shown a turn of the event loop later
    qtbot.waitUntil(lambda: [one.text() for one in panel.findChildren(Button) if one.isVisible()] == ["退出"])
    QTest.keyClick(panel, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not second.window.isVisible())


def test_a_till_that_opens_slowly_says_what_it_is_doing(
    filled: Hq, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-27: the first start after an update, whose steps take their time with a million articles."""
    monkeypatch.setattr("ui.shop.OPENING_LASTS_MS", 20)
    with closing(open_logged_out(filled.folder, filled.clock)) as till:
        slow = SlowRunner(till)
        shop = Shop(composition.application(QUIET), filled.folder, slow, slow, QUIET)
        shop.window.show()
        shop.open(with_sync=False)

        def words() -> str:
            return " ".join(label.text() for label in shop.window.login.findChildren(QLabel))

        qtbot.waitUntil(lambda: "正在整理数据" in words())
        slow.let_through()
        assert "正在整理数据" not in words()
        assert "林" in [one.text() for one in shop.window.login.findChildren(Button)]
        shop.close()


def test_a_till_that_is_open_says_nothing_of_it(counter: Counter) -> None:
    assert not counter.shop._patience.isActive()
    assert "正在整理数据" not in said(counter)


def test_a_store_without_staff_says_what_to_do(counter: Counter) -> None:
    counter.window.login.ready((), "")
    assert "posclient\u00a0enrol" in said(counter), "in one piece"
    counter.type("1111\n")
    assert counter.shop.context.staff is None


@pytest.mark.parametrize("words", ["login.no_staff", "login.opening_lasts"])
def test_what_is_said_where_nobody_can_be_chosen_leaves_the_keys_whole(counter: Counter, words: str) -> None:
    """It stands where the names would: the pad below the PIN keeps its room."""
    counter.window.login.ready((), "")
    counter.window.login.panel.tell(words)
    counter.rest()
    pad = counter.window.login.panel._pad
    keys = [one.geometry() for one in pad.findChildren(Button)]
    assert [key for key in keys if not pad.rect().contains(key)] == []
    assert [pair for pair in combinations(keys, 2) if pair[0].intersects(pair[1])] == []
    hint = counter.window.login.panel._hint
    assert hint.height() >= hint.heightForWidth(hint.width())
