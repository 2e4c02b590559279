"""A damaged cache that cannot be loaded anew: no reason to ask HQ for everything each minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.errors import DataError
from sync.running import FolderSync
from sync.transport import HttpHq
from tests.db.shop import price
from tests.sync.conftest import HqServer
from tests.sync.test_bad_page import amount, folder
from ui.opening import SystemClock

__all__ = ["folder"]


def test_a_load_that_fails_is_tried_less_and_less_often(
    hq_server: HqServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk without room for the second file: each cycle looked through the cache and asked for all feeds again."""
    asked: list[str] = []
    with monkeypatch.context() as full:

        def chunk(_line: HttpHq, snapshot: str, _n: int) -> bytes:
            asked.append(snapshot)
            raise DataError("disk_full")

        full.setattr(HttpHq, "chunk", chunk)
        sync = FolderSync(folder, SystemClock())
        for _cycle in range(20):
            assert sync.run().error is None
        assert 3 <= len(asked) <= 6
    for _cycle in range(16):  # as many as it has learned to wait
        sync.run()
    assert amount(folder, "A-1500") == price("A-1500")["price"]
    sync.close()
