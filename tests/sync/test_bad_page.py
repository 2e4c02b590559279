"""A page of the cache goes bad where no pull ever looks: HQ has it all, and sends it again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from posclient.db import inbox
from posclient.db.at_rest import OwnKey
from posclient.db.integrity import is_cache_whole
from posclient.db.live_cache import LiveCache, live_path
from posclient.errors import DataError, LinkError
from sync import looking_over
from sync.hq.feeds import Change
from sync.running import FolderSync
from sync.transport import HttpHq
from tests.db.shop import price
from tests.sync.conftest import HqServer
from tests.sync.test_health import at_server
from ui.opening import SystemClock

PRICES = [Change("zone:z1", "price", row["id"], row) for row in (price(f"A-{n:04}") for n in range(3000))]


def amount(folder: Path, key: str) -> int:
    """As a scan reads it."""
    with closing(LiveCache(folder)) as cache:
        (found,) = cache.con.execute("SELECT price FROM price WHERE sku = ?", (key,)).fetchone()
        return int(found)


def page_size(path: Path) -> int:
    """Of the whole database, which lies in this one file from now on."""
    with closing(sqlite3.connect(path)) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return int(con.execute("PRAGMA page_size").fetchone()[0])


def load_prices(server: HqServer, folder: Path) -> None:
    """A till that has loaded 3,000 prices."""
    server.publish(*PRICES)
    sync = at_server(server, folder)
    assert sync.run().error is None
    sync.close()


def spoil(folder: Path, key: str) -> None:
    """The page that holds the row comes back from the disk as zeros."""
    path = live_path(folder)
    size = page_size(path)
    content = bytearray(path.read_bytes())
    pages = {at // size for at in range(0, len(content), size) if key.encode() in content[at : at + size]}
    for page in pages:
        content[page * size : (page + 1) * size] = bytes(size)
    path.write_bytes(content)


@pytest.fixture
def folder(hq_server: HqServer, tmp_path: Path) -> Path:
    """A till that has loaded 3,000 prices, one of which cannot be read any more."""
    load_prices(hq_server, tmp_path)
    assert amount(tmp_path, "A-1500") == price("A-1500")["price"]
    spoil(tmp_path, "A-1500")
    with pytest.raises(DataError, match="corrupt"):
        amount(tmp_path, "A-1500")
    return tmp_path


def test_a_start_mends_it(folder: Path) -> None:
    sync = FolderSync(folder, SystemClock())
    assert sync.run().error is None
    assert amount(folder, "A-1500") == price("A-1500")["price"]
    with closing(LiveCache(folder)) as cache:
        assert len(inbox.cursors(cache)) == 4
    report = sync.run()
    assert (report.error, report.held, report.snapshots) == (None, (), ())
    sync.close()


def test_a_line_that_fails_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that can be read sells on, and the next cycle goes on with it."""
    sync = FolderSync(folder, SystemClock())
    with monkeypatch.context() as away:
        away.setattr(HttpHq, "chunk", lambda *_said: (_ for _ in ()).throw(LinkError("timeout")))
        assert sync.run().error is None
        assert amount(folder, "A-0001") == price("A-0001")["price"]
    assert sync.run().error is None
    assert amount(folder, "A-1500") == price("A-1500")["price"]
    sync.close()


def test_a_whole_cache_is_looked_over_once_a_day_and_left(
    hq_server: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []

    def look(folder: Path) -> bool:
        looks.append(folder)
        return is_cache_whole(folder)

    monkeypatch.setattr(looking_over, "is_cache_whole", look)
    sync = at_server(hq_server, tmp_path)
    assert [sync.run().error for _cycle in range(3)] == [None] * 3
    assert looks == [tmp_path]
    with closing(LiveCache(tmp_path, own=OwnKey())) as cache:
        assert len(inbox.cursors(cache)) == 4
    sync.close()
