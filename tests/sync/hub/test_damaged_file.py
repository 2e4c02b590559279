"""A hub whose ``hub.db`` is damaged, or another program's, is a hub again by itself: nothing lies there alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from posclient.db.hub_file import HUB_FILE
from tests.sync.hub.shop import Shop
from tests.sync.hub.test_hub_fails import all_arrive


def _no_database(path: Path) -> None:
    path.write_bytes(b"\0" * 8192)


def _bad_pages(path: Path) -> None:
    """All but the first page, as a failing disk gives them back."""
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))


def _another_version(path: Path) -> None:
    """As a later program left it before its update was taken back."""
    with closing(sqlite3.connect(path)) as file:
        file.executescript("ALTER TABLE batch RENAME COLUMN packed TO sealed; PRAGMA user_version = 2")


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize("damage", [_no_database, _bad_pages, _another_version])
def test_a_hub_whose_file_is_damaged_serves_again(shop: Shop, damage: Callable[[Path], None], online: bool) -> None:
    """T-6: found with or without a line; the tills hand in again what only lay there as a copy."""
    hub, till, _ = shop.open()
    shop.offline()
    till.sale()
    till.through()
    file = hub.hub_file()
    file.con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    file.close()
    damage(hub.folder / HUB_FILE)
    hub.online = online
    hub.run()
    report = till.through()
    assert report.hub is not None
    assert (report.hub.error, report.hub.handed) == (None, 1)
    assert hub.lies_here().facts == 1
    all_arrive(shop, S001_2=1)
