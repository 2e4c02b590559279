"""The way to HQ is opened once in a program's life: what fails then is tried again (G-7)."""

from __future__ import annotations

from contextlib import closing

import pytest
from pytestqt.qtbot import QtBot

from posclient.errors import DataError
from tests.actions.kidswear import Hq, open_shop
from tests.ui.conftest import QUIET
from ui import app as composition
from ui import shop as shops
from ui.link import Link
from ui.runner import InlineRunner, ThreadRunner, finish
from ui.shop import Shop


class FakeSync:
    """Notes that it was begun."""

    begun = 0

    def start(self) -> None:
        FakeSync.begun += 1

    def stop(self) -> None: ...


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeSync, "begun", 0)
    monkeypatch.setattr(Link, "prepare", lambda _link: FakeSync())
    for name in ("HEAVY_AFTER_MS", "AGAIN_MS"):
        monkeypatch.setattr(shops, name, 10, raising=False)


def test_a_reader_that_cannot_be_opened_at_once_keeps_no_fact_from_hq(filled: Hq, qtbot: QtBot) -> None:
    """A virus scanner has the file, or the disk is busy, as the program starts: for a moment, not for the day."""
    tries: list[int] = []

    def open_reader() -> object:
        tries.append(1)
        if len(tries) < 3:
            raise DataError("cannot_open")
        return till.reader()

    with closing(open_shop(filled.folder, filled.clock)) as till:
        reader = ThreadRunner("reader", open_reader, lambda opened: opened.close())
        shop = Shop(composition.application(QUIET), filled.folder, InlineRunner(till), reader, QUIET)
        shop.open(with_sync=True)
        qtbot.waitUntil(lambda: FakeSync.begun > 0, timeout=3000)
        qtbot.wait(100)
        assert FakeSync.begun == 1
        shop.close()
        reader.close()


def test_the_way_to_hq_is_tried_again(filled: Hq, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def prepare(_link: Link) -> FakeSync:
        tries.append(1)
        if len(tries) < 3:
            raise DataError("io_error")
        return FakeSync()

    monkeypatch.setattr(Link, "prepare", prepare)
    with closing(open_shop(filled.folder, filled.clock)) as till:
        runner = InlineRunner(till)
        shop = Shop(composition.application(QUIET), filled.folder, runner, runner, QUIET)
        shop.open(with_sync=True)
        qtbot.waitUntil(lambda: FakeSync.begun > 0, timeout=3000)
        qtbot.wait(100)
        assert (FakeSync.begun, len(tries)) == (1, 3)
        shop.close()


def test_a_way_that_is_open_as_the_till_is_closed_is_not_gone(filled: Hq, qtbot: QtBot) -> None:
    """The window is closed in its first second: the answers are still delivered, and nothing would end that thread."""
    with closing(open_shop(filled.folder, filled.clock)) as till:
        reader = ThreadRunner("reader", till.reader, lambda opened: opened.close())
        shop = Shop(composition.application(QUIET), filled.folder, InlineRunner(till), reader, QUIET)
        shop.open(with_sync=False)
        shop._open_link()
        shop.close()
        finish(reader)
        reader.close()
        assert FakeSync.begun == 0
