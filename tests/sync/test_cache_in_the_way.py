"""Whatever is wrong with the cache, facts are in till.db and are sent (G-7)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from posclient.db import connection
from posclient.db.live_cache import live_path
from sync.hq.fact_tables import SaleRow
from tests.sync.tills import Chain, TillFolder, stored


@contextmanager
def taken(till: TillFolder) -> Iterator[None]:
    """Another program has the file for itself, as a backup or a virus scanner may."""
    other = sqlite3.connect(live_path(till.folder), isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def unreadable(till: TillFolder) -> Iterator[None]:
    """The system does not open it."""
    path = live_path(till.folder)
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    yield
    path.rmdir()
    path.with_suffix(".away").rename(path)


@pytest.mark.parametrize(("trouble", "code"), [(taken, "database_busy"), (unreadable, "cannot_open")])
def test_facts_are_sent_while_the_cache_cannot_be_opened(
    till: TillFolder, chain: Chain, monkeypatch: pytest.MonkeyPatch, trouble: Callable[[TillFolder], Iterator[None]],
    code: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(connection, "BUSY_MS", 100)
    till.keeper.held(till.me)
    sale = till.sale()
    with trouble(till):  # type: ignore[attr-defined]
        report = till.cycle()
        assert report.error is not None
        assert (report.error.code, report.unsent, report.outcomes) == (code, 0, {"applied": 1})
        assert [row.id for row in stored(chain, SaleRow)] == [sale]
    report = till.cycle()
    assert (report.error, report.unsent, till.rows("SELECT count(*) FROM tier")) == (None, 0, [(10,)])
