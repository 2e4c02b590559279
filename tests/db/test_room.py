"""T-5: what the disk has no room for takes up no room, or the next sale has none either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from posclient.db import loading
from posclient.db.at_rest import AtRest
from posclient.db.chunks import ChunkStore
from posclient.db.connection import Connection, connect
from posclient.db.migrations import backup
from posclient.errors import DataError
from tests.db.shop import OWN_KEY, caches, price, rows
from tests.db.snapshots import packed, stored

PRICES = rows("price", [price(f"A-{n}") for n in range(3000)])


def test_a_load_without_room_leaves_no_unfinished_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = loading._open

    def small(part: Path) -> Connection:
        con = open_(part)
        con.execute("PRAGMA cache_size = 1")
        con.execute("PRAGMA max_page_count = 60").fetchall()
        return con

    monkeypatch.setattr(loading, "_open", small)
    caches(tmp_path)
    stores = [stored(tmp_path, packed("zone:z1", PRICES, 1000))]
    with pytest.raises(DataError, match="disk_full"):
        loading.make(tmp_path, stores, 0, OWN_KEY)
    assert list(tmp_path.glob("*.part*")) == []


def test_a_chunk_without_room_leaves_no_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest, chunks = packed("zone:z1", PRICES, 3000)
    store = ChunkStore(tmp_path, manifest, AtRest(OWN_KEY))

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError, match="cannot_write"):
        store.add(0, chunks[0])
    assert [path.name for path in (tmp_path / "incoming" / "zone-z1").iterdir()] == ["manifest.json"]


def test_a_copy_without_room_leaves_no_part_of_it(tmp_path: Path) -> None:
    """An update begins with it: the program before it, which is put back then, is to sell."""
    con = connect(tmp_path / "till.db")
    con.execute("CREATE TABLE much (it BLOB)")
    con.execute("INSERT INTO much VALUES (zeroblob(200000))")

    class Full(Connection):
        def backup(self, target: Any, **_said: Any) -> None:
            target.execute("PRAGMA max_page_count = 2")
            target.execute("CREATE TABLE much (it BLOB)")
            target.execute("INSERT INTO much VALUES (zeroblob(200000))")

    full = Full(tmp_path / "till.db")
    with pytest.raises(DataError, match="disk_full"):
        backup(full, tmp_path / "backup", "till-v1")
    full.close()
    assert list((tmp_path / "backup").iterdir()) == []
    assert backup(con, tmp_path / "backup", "till-v1").exists()
    con.close()
