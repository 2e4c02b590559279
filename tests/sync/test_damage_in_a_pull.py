"""A page of the cache goes bad, and a pull meets it: the till sells on by what can be read until all has come anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from posclient.db import inbox
from posclient.db.live_cache import live_path
from posclient.errors import DataError, LinkError
from sync import loads
from sync.hq.feeds import Change
from sync.running import FolderSync
from sync.transport import HttpHq
from tests.db.shop import price
from tests.sync.conftest import HqServer
from tests.sync.test_bad_page import amount, folder
from ui.opening import SystemClock

__all__ = ["folder"]


@pytest.fixture
def sync(folder: Path, hq_server: HqServer) -> Iterator[FolderSync]:
    """HQ changes the price that cannot be read any more: the next pull meets its page."""
    hq_server.publish(Change("zone:z1", "price", "P-A-1500", {**price("A-1500"), "price": 77_700}))
    made = FolderSync(folder, SystemClock())
    yield made
    made.close()


def code(sync: FolderSync) -> str:
    error = sync.run().error
    return error.code if error else ""


def test_the_old_one_sells_on_until_the_new_one_has_come(
    sync: FolderSync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was emptied at once, and with a slow line nothing could be sold for as long as a first load takes."""
    before = live_path(folder)
    with monkeypatch.context() as away:
        away.setattr(HttpHq, "chunk", lambda *_said: (_ for _ in ()).throw(LinkError("timeout")))
        assert [code(sync) for _cycle in range(2)] == ["timeout"] * 2
        assert (live_path(folder), amount(folder, "A-0001")) == (before, price("A-0001")["price"])
    assert [code(sync) for _cycle in range(2)] == ["corrupt", ""]
    assert (amount(folder, "A-1500"), amount(folder, "A-0001")) == (77_700, price("A-0001")["price"])


def test_a_load_that_fails_is_tried_less_and_less_often(
    sync: FolderSync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk without room for the second file; HQ is not asked for all there is with each cycle."""
    asked: list[str] = []

    def chunk(_line: HttpHq, snapshot: str, _n: int) -> bytes:
        asked.append(snapshot)
        raise DataError("disk_full")

    with monkeypatch.context() as full:
        full.setattr(HttpHq, "chunk", chunk)
        assert {code(sync) for _cycle in range(20)} == {"disk_full", "corrupt"}
        assert 3 <= len(asked) <= 6
        assert amount(folder, "A-0001") == price("A-0001")["price"]
    for _cycle in range(16):  # as many as it has learned to wait
        code(sync)
    assert (code(sync), amount(folder, "A-1500")) == ("", 77_700)


@pytest.mark.parametrize("error", ["corrupt", "database_busy"])
def test_it_is_emptied_where_not_even_its_cursors_can_be_read(
    sync: FolderSync, folder: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    """Then nobody knows what it has. Nothing is done where that cannot be told now."""

    def unread(_cache: object) -> dict[str, inbox.Cursor]:
        raise DataError(error)

    before = live_path(folder)
    with monkeypatch.context() as broken:
        broken.setattr(loads, "cursors", unread)
        assert code(sync) == error
    assert (live_path(folder) == before) == (error == "database_busy")
    if error == "corrupt":
        assert (code(sync), amount(folder, "A-1500")) == ("", 77_700)
