"""Work on data: in order, off the window's thread, answers in it; a bug is told and does not end the thread."""

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from posclient.errors import DataError, PosError
from ui.runner import ThreadRunner


class Rig:
    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.closed: list[str] = []
        self.runner = ThreadRunner("till", lambda: "opened", self.closed.append)

    def ask(self, work: Any) -> None:
        self.runner.run(work, self.answers.append, self.answers.append)


@pytest.fixture
def rig(qtbot: QtBot) -> Iterator[Rig]:
    made = Rig()
    made.runner.start()
    yield made
    made.runner.close()


def test_first_in_first_out_and_answers_come_home(rig: Rig, qtbot: QtBot) -> None:
    """T-35: the order of scans is the order of lines."""
    threads: list[threading.Thread] = []
    for number in range(200):
        rig.ask(lambda _till, number=number: (number, threading.current_thread().name))
    rig.runner.run(lambda _till: None, lambda _none: threads.append(threading.current_thread()), rig.answers.append)
    qtbot.waitUntil(lambda: bool(threads))
    assert rig.answers == [(number, "till") for number in range(200)]
    assert threads == [threading.main_thread()]
    assert rig.runner.busy == 0


def test_an_error_goes_to_its_asker_alone(rig: Rig, qtbot: QtBot) -> None:
    def refuse(_till: object) -> None:
        raise DataError("disk_full")

    rig.ask(refuse)
    rig.ask(lambda till: till)
    qtbot.waitUntil(lambda: len(rig.answers) == 2)
    assert [str(rig.answers[0]), rig.answers[1]] == ["disk_full", "opened"]


def test_a_bug_is_told_and_the_thread_lives(rig: Rig, qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    rig.ask(lambda _till: 1 // 0)
    rig.ask(lambda till: till)
    qtbot.waitUntil(lambda: len(rig.answers) == 2)
    assert rig.answers[0].code == "bug"
    assert "ZeroDivisionError" in rig.answers[0].params["reason"]
    assert "a bug in till" in caplog.text
    caplog.clear()


def test_closing_finishes_what_waits(qtbot: QtBot) -> None:
    rig = Rig()
    done: list[int] = []
    for number in range(20):
        rig.ask(lambda _till, number=number: done.append(number))
    rig.runner.start()
    rig.runner.close()
    assert done == list(range(20))
    assert rig.closed == ["opened"]


def test_a_till_that_does_not_open_fails_every_work_alike(qtbot: QtBot) -> None:
    def cannot() -> None:
        raise DataError("in_use")

    runner, answers = ThreadRunner("till", cannot, print), list[PosError]()
    runner.run(lambda _till: None, print, answers.append)
    runner.run(lambda _till: None, print, answers.append)
    runner.start()
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert {error.code for error in answers} == {"in_use"}
    runner.close()


def test_it_tidies_when_nobody_waits(qtbot: QtBot) -> None:
    """What a sale need not wait for is done after its answer is on its way."""
    seen: list[str] = []
    runner = ThreadRunner("till", lambda: "opened", lambda _till: None, lambda till: seen.append(f"tidy {till}"))

    for number in range(3):
        runner.run(partial(lambda number, _till: seen.append(f"work {number}"), number), lambda _none: None, print)
    runner.start()
    qtbot.waitUntil(lambda: len(seen) == 4)
    assert seen == ["work 0", "work 1", "work 2", "tidy opened"]
    runner.close()
