"""HQ's head of a feed does not agree with its rows, and so does the snapshot that HQ made since."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import delete

from posclient.db import loading
from sync.hq.tables import Snapshot, SnapshotChunk
from sync.running import FolderSync
from tests.db.shop import price
from tests.sync.conftest import HqServer
from tests.sync.test_bad_page import amount
from tests.sync.test_head_disagrees import ZONE, shift, sync

__all__ = ["sync"]


def forget_snapshots(hq: HqServer) -> None:
    """As HQ does after a day."""
    with hq.database.write() as session:
        session.exec(delete(SnapshotChunk))
        session.exec(delete(Snapshot))


def test_it_is_built_less_and_less_often(
    hq_server: HqServer, sync: FolderSync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each till built a whole cache a minute, of which nothing came."""
    built: list[Path] = []
    build = loading.build

    def counted(folder: Path, *args: object, **options: object) -> Path:
        built.append(folder)
        return build(folder, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "build", counted)
    shift(hq_server, 1)
    forget_snapshots(hq_server)
    for cycle in range(20):
        report = sync.run()
        assert report.error is None
        assert [one.feed for one in report.held] == [ZONE], cycle
    assert 3 <= len(built) <= 6
    shift(hq_server, -1)
    assert sync.run().held == (), "mended at HQ, it is well at once"
    assert amount(tmp_path, "A-1500") == price("A-1500")["price"]
    sync.close()
