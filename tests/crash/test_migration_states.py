"""A power cut while till.db is made, or an older file becomes a present one: the old file or the new, never between."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from posclient.actions import payment
from posclient.db import cache_steps, migrations
from posclient.db.connection import TILL_FILE, Connection, connect
from posclient.db.live_cache import live_path
from posclient.db.till_file import BACKUP_FOLDER, open_till
from posclient.errors import DataError
from tests.actions.kidswear import StandingClock, make_folder, open_shop
from tests.crash.day import Rows, of_facts
from tests.crash.disk import watched
from tests.crash.faults import ACTS
from tests.crash.happened import Disk
from tests.crash.judging import LostError, put
from tests.crash.mutants import MIGRATION_MUTANTS, rewritten
from tests.crash.power_cut import Left, crashes

#: A step as a later version will have it: it changes a table of many pages.
LATER = """
ALTER TABLE sale_line ADD COLUMN weighed TEXT;
UPDATE sale_line SET weighed = 'no, ' || hex(zeroblob(3000));
ALTER TABLE fact ADD COLUMN seen INTEGER;
"""
STEPS = (*migrations.STEPS, LATER)


def migrated(folder: Path) -> tuple[Disk, Rows]:
    """A till with a few sales, watched while it is brought to ``STEPS``; and its facts before that."""
    folder.mkdir()
    make_folder(folder, StandingClock())
    till = open_shop(folder, StandingClock())
    for _ in range(4):
        payment.complete(till, ACTS["sale"][0](till))
    before = of_facts(till.db)
    till.close()
    with watched(folder) as disk, closing(connect(folder / TILL_FILE)) as con:
        migrations.migrate(con, folder / BACKUP_FOLDER, STEPS)
    return disk, before


def judge(left: Left, place: Path, before: Rows) -> None:
    """The next start brings it there, with all facts; a backup that is there is whole."""
    put(place, left.files)
    try:
        with closing(connect(place / TILL_FILE)) as con:
            _brought_there(con, place, before)
        _backed_up(place, before)
    except (LostError, DataError, sqlite3.Error) as error:
        raise LostError(f"behind event {left.at}, {left.fate}: {error}") from error


def _brought_there(con: Connection, place: Path, before: Rows) -> None:
    if migrations.check_version(con, len(STEPS)) < len(STEPS) and of_facts(con) != before:
        raise LostError("the old file has changed")
    migrations.migrate(con, place / BACKUP_FOLDER, STEPS)
    if [len(row) for _, row in of_facts(con)] != [len(row) + _more(name) for name, row in before]:
        raise LostError("rows are missing")
    if con.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise LostError("damaged")


def _backed_up(place: Path, before: Rows) -> None:
    backups = list((place / BACKUP_FOLDER).glob("*.db"))
    if not backups:
        raise LostError("no backup of the old file")
    for path in backups:
        with closing(connect(path, read_only=True)) as con:
            if of_facts(con) != before:
                raise LostError(f"the backup {path.name} is not whole")


def _more(table: str) -> int:
    return table in ("sale_line", "fact")


def look(memory: Path, seed: int, number: int) -> None:
    disk, before = migrated(memory / "till")
    for count, left in enumerate(crashes(disk, Random(seed), number)):
        judge(left, memory / f"left-{count}", before)


def test_an_old_file_or_a_new_one(memory: Path, seed: int, states: int) -> None:
    """T-1: a migration is one transaction, with its backup before it."""
    print(f"SEED={seed}")
    look(memory, seed, min(states // 2, 5000))


@pytest.mark.parametrize("name", MIGRATION_MUTANTS)
def test_half_a_migration_would_be_found(memory: Path, name: str) -> None:
    with rewritten(MIGRATION_MUTANTS[name]), pytest.raises(LostError):
        look(memory, 1, 400)


def test_a_file_that_was_being_made(memory: Path, seed: int, states: int) -> None:
    """Before anything is in it: the next start makes it."""
    (memory / "new").mkdir()
    print(f"SEED={seed}")
    with watched(memory / "new") as disk, closing(open_till(memory / "new")):
        pass
    for count, left in enumerate(crashes(disk, Random(seed), min(states // 2, 2000))):
        put(memory / f"left-{count}", left.files)
        with closing(open_till(memory / f"left-{count}")) as con:
            assert con.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert con.execute("SELECT count(*) FROM fact").fetchone() == (0,)


#: Steps of the cache as a later version will have them.
CACHE_STEPS = (
    *cache_steps.STEPS,
    "ALTER TABLE product ADD COLUMN season TEXT NOT NULL DEFAULT '';\n"
    "UPDATE product SET season = 'in, ' || hex(zeroblob(3000));\n" + cache_steps.send_again("global"),
    "ALTER TABLE price ADD COLUMN was INTEGER NOT NULL DEFAULT 0;\nUPDATE price SET was = price;\n",
)
Cached = tuple[list[Any], list[Any], list[Any]]


def cached(con: Connection, season: str = "season", was: str = "was") -> Cached:
    """Articles, prices and the places in the feeds."""
    articles = con.execute(f"SELECT n, key, version, name, {season} FROM product").fetchall()
    prices = con.execute(f"SELECT n, key, price, {was} FROM price").fetchall()
    return articles, prices, con.execute("SELECT feed, version, checksum FROM feed_cursor").fetchall()


def brought_up(folder: Path) -> tuple[Disk, Cached]:
    """The cache of a small store, watched while it is brought to ``CACHE_STEPS``; and what must be in it then."""
    folder.mkdir()
    make_folder(folder, StandingClock())
    with closing(connect(live_path(folder))) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        articles, prices, places = cached(con, "'in, ' || hex(zeroblob(3000))", "price")
    with watched(folder) as disk, closing(connect(live_path(folder), synchronous="NORMAL")) as con:
        assert cache_steps.bring_up(con, CACHE_STEPS)
    spoilt = [(feed, version, ~checksum if feed == "global" else checksum) for feed, version, checksum in places]
    return disk, (articles, prices, spoilt)


def look_at_cache(memory: Path, seed: int, number: int) -> None:
    disk, after = brought_up(memory / "till")
    for count, left in enumerate(crashes(disk, Random(seed), number)):
        place = memory / f"left-{count}"
        put(place, left.files)
        try:
            with closing(connect(live_path(place), create=False)) as con:
                if not cache_steps.bring_up(con, CACHE_STEPS) or cached(con) != after:
                    raise LostError("not what it was to become")
                if con.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                    raise LostError("damaged")
        except (LostError, DataError, sqlite3.Error) as error:
            raise LostError(f"behind event {left.at}, {left.fate}: {error}") from error


def test_a_cache_that_was_being_brought_up_to_date(memory: Path, seed: int, states: int) -> None:
    """S-27: the next start goes on from a whole step, and no row is lost, done twice, or half done."""
    print(f"SEED={seed}")
    look_at_cache(memory, seed, min(states // 2, 5000))


@pytest.mark.parametrize("name", MIGRATION_MUTANTS)
def test_half_a_step_of_the_cache_would_be_found(memory: Path, name: str) -> None:
    with rewritten(MIGRATION_MUTANTS[name]), pytest.raises(LostError):
        look_at_cache(memory, 1, 400)
