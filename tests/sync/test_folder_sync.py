"""What goes with a cycle and is none of it: it never makes one that went well a failed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.errors import DataError, LinkError
from sync import running
from sync.control import CONTROL_FILE
from sync.running import BackgroundSync
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.test_health import at_server
from ui.opening import SystemClock


def test_a_till_that_cannot_forget_what_is_old_has_synced_all_the_same(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-5: a disk without room for a day's tidying; with room again it is done, on the same day."""
    went: list[int] = []

    def forget(*_args: object) -> int:
        went.append(1)
        if len(went) == 1:
            raise DataError("disk_full")
        return 0

    monkeypatch.setattr(running, "let_go", forget)
    sync = at_server(hq_server, tmp_path)
    assert [sync.run().error for _cycle in range(3)] == [None] * 3
    assert len(went) == 2
    sync.close()


def test_an_hq_that_signs_no_word_of_its_backup_is_asked_once_a_day(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-12: nothing goes then. While HQ is away it is not asked at all, and that is not the day's turn."""
    asked: list[int] = []

    def unsigned(*_args: object) -> int:
        asked.append(1)
        raise LinkError("fork_unproved")

    monkeypatch.setattr(running, "let_go", unsigned)
    sync = at_server(hq_server, tmp_path)
    with monkeypatch.context() as away:
        away.setattr(HttpHq, "feeds", lambda *_said: (_ for _ in ()).throw(LinkError("timeout")))
        assert (sync.run().error is None, asked) == (False, [])
    assert [sync.run().error for _cycle in range(3)] == [None] * 3
    assert asked == [1]
    sync.close()


def test_a_till_whose_disk_has_no_room_as_it_starts_sends_its_facts_all_the_same(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-5, G-7: neither a cache that cannot be brought up to date then nor a door that cannot be opened stops the sync
    of the whole day.
    """
    at_server(hq_server, tmp_path).close()
    (tmp_path / CONTROL_FILE / "in the way").mkdir(parents=True)

    def full(_folder: Path) -> bool:
        raise DataError("disk_full")

    monkeypatch.setattr(running, "prepare", full)
    sync = BackgroundSync(tmp_path, SystemClock())
    sync.start()
    try:
        assert sync.sync_now().result(30).error is None
    finally:
        monkeypatch.undo()
        sync.stop()
