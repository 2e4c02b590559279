"""A page of the audit went bad months ago: nothing that a sale needs lies on it (T-6)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from posclient.actions import readiness
from posclient.db import audit, unread_carts
from posclient.db.connection import TILL_FILE, transaction
from posclient.errors import DataError
from tests.actions.kidswear import STORE, Hq, StandingClock, make_folder, member_row, open_logged_out
from tests.ui.conftest import MEMBER, Counter
from tests.ui.test_readiness_page import F1, SHIFT, said, sell

CART = '{"payments": [{"tender": "cash", "amount": 500, "reference": ""}]}'


@pytest.fixture
def filled(tmp_path: Path) -> Hq:
    """A store's till with a long audit, and behind it a cart that could not be read."""
    folder, clock = tmp_path / "made", StandingClock()
    folder.mkdir()
    hq = make_folder(folder, clock)
    hq.send(STORE, member_row("M1", "王小明", "13912341234", tier="gold", own_guide="G2", code=MEMBER))
    with closing(open_logged_out(folder, clock)) as till, transaction(till.db) as con:
        for number in range(400):
            audit.add(con, clock.now(), "C1", "void", {"reason": f"mark {number} " + "x" * 60})
        unread_carts.keep(con, clock.now(), CART)
    spoil(folder / TILL_FILE)
    return hq


def spoil(path: Path) -> None:
    """An early leaf of the audit comes back from the disk as zeros."""
    with closing(sqlite3.connect(path)) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        size = con.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(path.read_bytes())
    place = content.index(b"mark 7 ") // size * size
    content[place : place + size] = bytes(size)
    path.write_bytes(content)
    with closing(sqlite3.connect(path)) as con, pytest.raises(sqlite3.DatabaseError, match="malformed"):
        con.execute("SELECT count(*) FROM audit WHERE detail = ''").fetchall()


def test_it_starts_and_sells_and_says_what_cannot_be_read(counter: Counter) -> None:
    """It stayed shut at each start. What is newer than the damage is told."""
    assert counter.shop.failure is None
    counter.log_in()
    sell(counter)
    assert counter.store.rows("SELECT count(*) FROM sale") == [(1,)]
    counter.press(F1, SHIFT)
    words = said(counter)
    assert "本机记录有一处损坏" in words
    assert "已收款" in words
    found = readiness.look(counter.till, None, {})
    assert (found.damaged, [one.detail["amount"] for one in found.unread]) == (True, [500])


def test_a_file_that_is_only_busy_is_no_damage(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    counter.store.reopen()

    def busy(_row: object) -> object:
        raise DataError("database_busy")

    monkeypatch.setattr(unread_carts, "_of_cart", lambda *row: busy(row))
    with pytest.raises(DataError, match="database_busy"):
        counter.store.till.unread_money()
    assert not counter.store.till.is_damaged


def test_the_start_waits_for_nothing_that_the_status_looks_up(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever page it meets there, people can log in."""

    def broken(_till: object) -> None:
        raise DataError("corrupt")

    monkeypatch.setattr("posclient.actions.status.status", broken)
    counter.shop.open(with_sync=False)
    assert counter.shop.failure is None
    counter.log_in()
