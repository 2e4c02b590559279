"""A page of till.db goes bad: the till that can still sell by its cache keeps it (T-6)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from posclient.db import local_members
from posclient.db.connection import TILL_FILE
from posclient.db.live_cache import live_path
from posclient.errors import DataError
from sync.running import FolderSync
from tests.db.shop import price
from tests.sync.conftest import HqServer
from tests.sync.test_bad_page import amount, load_prices, page_size
from ui.opening import SystemClock


@pytest.fixture
def folder(hq_server: HqServer, tmp_path: Path) -> Path:
    """A till that has loaded 3,000 prices."""
    load_prices(hq_server, tmp_path)
    return tmp_path


def spoil(path: Path, name: str) -> None:
    """The first page of that table or index comes back from the disk as zeros."""
    size = page_size(path)
    with closing(sqlite3.connect(path)) as con:
        (root,) = con.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
    content = bytearray(path.read_bytes())
    content[(root - 1) * size : root * size] = bytes(size)
    path.write_bytes(content)


def codes(folder: Path, cycles: int) -> list[str]:
    sync = FolderSync(folder, SystemClock())
    errors = [sync.run().error for _ in range(cycles)]
    sync.close()
    return [error.code if error else "" for error in errors]


def test_a_damaged_till_db_costs_no_cache(folder: Path) -> None:
    """Each cycle took it for the cache's damage, loaded all there is and threw it away again: nothing could be sold."""
    before = live_path(folder)
    with closing(sqlite3.connect(folder / TILL_FILE)) as con:
        used = con.execute("EXPLAIN QUERY PLAN SELECT id FROM local_member").fetchone()[3].split()[-1]
    spoil(folder / TILL_FILE, used)
    assert codes(folder, 2) == ["corrupt", "corrupt"]
    assert live_path(folder) == before
    assert amount(folder, "A-1500") == price("A-1500")["price"]


def test_a_glance_that_fails_costs_no_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk, or a network drive, that once does not say what lies there."""
    before = live_path(folder)

    def unseen(*_what: object) -> None:
        raise DataError("no_cache")

    with monkeypatch.context() as once:
        once.setattr(local_members, "forget_superseded", unseen)
        assert codes(folder, 1) == ["no_cache"]
    assert (live_path(folder), codes(folder, 1)) == (before, [""])


@pytest.mark.parametrize("gone", [False, True])
def test_a_cache_that_is_broken_is_renewed(folder: Path, gone: bool) -> None:
    if gone:
        live_path(folder).write_bytes(b"no database at all")
    else:
        spoil(live_path(folder), "price_key")
    assert codes(folder, 3)[2] == ""
    assert amount(folder, "A-1500") == price("A-1500")["price"]


def test_what_cannot_be_told_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the cache is whole: not now. It stays."""
    before = live_path(folder)

    def busy(*_what: object, **_how: object) -> None:
        raise DataError("database_busy")

    def broken(*_what: object) -> None:
        raise DataError("corrupt")

    with monkeypatch.context() as once:
        once.setattr(local_members, "forget_superseded", broken)
        once.setattr("posclient.db.integrity.connect", busy)
        assert codes(folder, 1) == ["database_busy"]
    assert live_path(folder) == before
