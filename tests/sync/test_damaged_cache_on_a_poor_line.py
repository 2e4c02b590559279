"""A damaged cache at the end of a line that is cut again and again: each chunk that came is one less to come."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.errors import LinkError
from sync.hq import snapshots
from sync.running import FolderSync
from sync.transport import HttpHq
from tests.db.shop import price
from tests.sync.test_bad_page import amount, folder
from ui.opening import SystemClock

__all__ = ["folder"]


@pytest.fixture(autouse=True)
def _chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prices are a dozen and more."""
    monkeypatch.setattr(snapshots, "_PIECE", 16_000)
    monkeypatch.setattr(snapshots, "MOST_PLAIN", 1)


def test_a_load_that_gets_on_is_not_put_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans of what was on the damaged page failed for days: from the eighth chunk on one came an hour."""
    whole, came = HttpHq.chunk, list[int]()
    cycles = 0

    def chunk(line: HttpHq, snapshot: str, n: int) -> bytes:
        if len(came) > cycles:
            raise LinkError("timeout", why="slow")
        came.append(n)
        return whole(line, snapshot, n)

    monkeypatch.setattr(HttpHq, "chunk", chunk)
    sync = FolderSync(folder, SystemClock())
    while cycles < 30:
        assert sync.run().error is None
        cycles += 1
    sync.close()
    assert 8 < len(came) < 30, came
    assert amount(folder, "A-1500") == price("A-1500")["price"]
