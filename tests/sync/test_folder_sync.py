"""What goes with a cycle and is none of it: it never makes one that went well a failed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.errors import DataError
from sync import running
from tests.sync.conftest import HqServer
from tests.sync.test_health import at_server


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

    monkeypatch.setattr(running, "forget_old", forget)
    sync = at_server(hq_server, tmp_path)
    assert [sync.run().error for _cycle in range(3)] == [None] * 3
    assert len(went) == 2
    sync.close()
