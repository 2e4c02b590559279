"""An older program's cache is made a present one where it lies; what cannot be read is loaded anew."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from posclient.db import cache_steps, catalog, inbox, live_cache
from posclient.db.cache_schema import create_indexes, create_tables
from posclient.db.cache_steps import OLDEST, STEPS, VERSION, bring_up, send_again
from posclient.db.cache_tables import TABLES
from posclient.db.connection import Connection, connect
from posclient.db.live_cache import LiveCache, live_path, point_at, prepare
from posclient.errors import DataError
from tests.actions.kidswear import GLOBAL, OPENING, sku

OLD = Path(__file__).parent / "old"
RELEASED = range(OLDEST, VERSION + 1)
#: A step as a later version will have it: a column that HQ is to fill, a value made of what is here, an index.
NEXT = (
    "ALTER TABLE product ADD COLUMN season TEXT NOT NULL DEFAULT '';\n"
    "UPDATE price SET price = price + 0;\n"
    "CREATE INDEX product_season ON product (season);\n" + send_again("global")
)
AFTER = "CREATE TABLE shelf (n INTEGER PRIMARY KEY) STRICT;\n"


def keep(folder: Path, version: int = VERSION) -> Path:
    """The stored cache of a version as the live one."""
    path = folder / "cache-3.db"
    shutil.copy(OLD / f"cache-v{version}.db", path)
    point_at(folder, path)
    return path


def form_of(con: Connection) -> dict[str, object]:
    """What each table and index is; a column of a feed's table may stand anywhere, and have a default."""
    found: dict[str, object] = {}
    for kind, name, sql in con.execute("SELECT type, name, sql FROM sqlite_schema").fetchall():
        look = "table_xinfo" if kind == "table" else "index_xinfo"
        parts = [row[1:4] + row[5:] for row in con.execute(f"PRAGMA {look}({name})").fetchall()]
        found[name] = sql if "VIRTUAL" in (sql or "") else sorted(parts) if name in TABLES else parts
    return found


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Connection]:
    with closing(connect(tmp_path / "fresh.db")) as con:
        create_tables(con)
        create_indexes(con)
        yield con


@pytest.mark.parametrize("version", RELEASED)
def test_every_released_cache_becomes_one_of_the_present_form(version: int, tmp_path: Path, fresh: Connection) -> None:
    """S-27. It fails where a table was changed and no step was written, or no cache of the new version stored."""
    with closing(connect(keep(tmp_path, version))) as con:
        assert bring_up(con)
        assert form_of(con) == form_of(fresh)
    assert prepare(tmp_path) is True
    found = catalog.by_sku(LiveCache(tmp_path), sku("A001"), OPENING)
    assert found is not None
    assert (found.name, found.price) == ("红羽绒服", 25900)


def test_a_step_keeps_what_is_there_and_asks_for_what_is_not(tmp_path: Path) -> None:
    keep(tmp_path)
    before = inbox.cursors(LiveCache(tmp_path))
    with closing(connect(live_path(tmp_path))) as con:
        assert bring_up(con, [*STEPS, NEXT, AFTER])
        assert con.execute("PRAGMA user_version").fetchone() == (VERSION + 2,)
        assert con.execute("SELECT count(*), max(season) FROM product").fetchone() == (18, "")
        assert bring_up(con, [*STEPS, NEXT, AFTER])
    after = inbox.cursors(LiveCache(tmp_path))
    assert [name for name in before if before[name] != after[name]] == [GLOBAL]
    assert after[GLOBAL].version == before[GLOBAL].version
    assert after[GLOBAL].checksum != before[GLOBAL].checksum


def test_feeds_of_a_kind_are_asked_for_by_the_part_before_the_colon(tmp_path: Path) -> None:
    keep(tmp_path)
    before = inbox.cursors(LiveCache(tmp_path))
    with closing(connect(live_path(tmp_path))) as con:
        bring_up(con, [*STEPS, send_again("store")])
    after = inbox.cursors(LiveCache(tmp_path))
    assert [name for name in before if before[name] != after[name]] == ["store:S001"]


def test_each_step_stands_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second step that fails (a fault of ours) leaves the first one done; the cache is then loaded anew."""
    keep(tmp_path)
    broken = [*STEPS, NEXT, "CREATE TABLE half (n INTEGER) STRICT;\nCREATE TABLE product (n INTEGER) STRICT;\n"]
    with closing(connect(live_path(tmp_path))) as con:
        with pytest.raises(sqlite3.OperationalError):
            bring_up(con, broken)
        assert con.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)
        assert con.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").fetchone() == (0,)
    monkeypatch.setattr(live_cache, "bring_up", partial(bring_up, steps=broken))
    assert prepare(tmp_path) is False


def test_a_kill_at_any_statement_leaves_a_cache_that_the_next_start_brings_up(tmp_path: Path) -> None:
    """S-27, S-9: the connection dies behind each statement in turn."""
    steps = [*STEPS, NEXT, AFTER]
    for statement in range(1, 15):
        folder = tmp_path / str(statement)
        folder.mkdir()
        path = keep(folder)
        with closing(connect(path)) as con:
            dying = Dying(con, statement)
            try:
                died = not bring_up(dying, steps)  # type: ignore[arg-type]
            except KeyboardInterrupt:
                died = True
        with closing(connect(path)) as con:
            assert bring_up(con, steps)
            assert con.execute("SELECT count(*), max(season) FROM product").fetchone() == (18, "")
            assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not died  # the last one was behind all of them


class Dying:
    """A connection whose program ends behind the n-th statement: nothing is rolled back, the file is just closed."""

    def __init__(self, con: Connection, after: int) -> None:
        self._con, self._left = con, after

    in_transaction = False  # so that nobody rolls back: a killed program does not

    def execute(self, sql: str) -> object:
        done = self._con.execute(sql)
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt
        return done


@pytest.mark.parametrize("found", [OLDEST - 1, VERSION + 1, 0])
def test_a_cache_before_the_first_release_or_of_a_newer_program_is_loaded_anew(tmp_path: Path, found: int) -> None:
    """S-27: an older program on a newer cache."""
    path = keep(tmp_path)
    with closing(connect(path)) as con:
        con.execute(f"PRAGMA user_version = {found}")
    assert prepare(tmp_path) is False
    assert inbox.cursors(LiveCache(tmp_path)) == {}
    assert not path.exists()


def updated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer program has been here."""
    with monkeypatch.context() as patch:
        patch.setattr(live_cache, "bring_up", partial(bring_up, steps=[*STEPS, NEXT]))
        assert prepare(folder) is True
    with closing(connect(live_path(folder))) as con:
        assert con.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)


def test_an_update_that_is_taken_back_leaves_a_till_that_sells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-27: without a line: from the rows of before the update, whose places HQ's pages then continue."""
    keep(tmp_path)
    before = inbox.cursors(LiveCache(tmp_path))
    updated(tmp_path, monkeypatch)
    assert prepare(tmp_path) is True
    found = catalog.by_sku(LiveCache(tmp_path), sku("A001"), OPENING)
    assert found is not None
    assert (found.name, found.price) == ("红羽绒服", 25900)
    assert inbox.cursors(LiveCache(tmp_path)) == before
    assert list(tmp_path.glob(live_cache.ASIDE)) == []
    updated(tmp_path, monkeypatch)
    assert prepare(tmp_path) is True, "and once more"


@pytest.mark.parametrize("why", ["no room", "another HQ"])
def test_without_a_copy_from_before_the_update_hq_is_asked_for_a_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """T-5: the update goes first. S-22: rows of another chain, or leases of another enrolment, do not come back."""
    keep(tmp_path)
    if why == "no room":
        monkeypatch.setattr(live_cache, "ROOM", 10**15)
    updated(tmp_path, monkeypatch)
    if why == "another HQ":
        live_cache.renew(tmp_path)
        with closing(connect(live_path(tmp_path))) as con:
            con.execute(f"PRAGMA user_version = {VERSION + 1}")
    assert prepare(tmp_path) is False
    assert inbox.cursors(LiveCache(tmp_path)) == {}


def test_somebody_elses_database_is_no_cache(tmp_path: Path) -> None:
    path = keep(tmp_path)
    with closing(connect(path)) as con:
        con.execute("PRAGMA application_id = 1")
    assert prepare(tmp_path) is False


def test_a_full_disk_throws_no_cache_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-5: the start says so; with room again the same rows are there."""
    path = keep(tmp_path)

    def full(_con: Connection, **_how: object) -> bool:
        raise DataError("disk_full")

    monkeypatch.setattr(live_cache, "bring_up", full)
    with pytest.raises(DataError, match="disk_full"):
        prepare(tmp_path)
    monkeypatch.setattr(live_cache, "bring_up", cache_steps.bring_up)
    assert prepare(tmp_path) is True
    assert live_path(tmp_path) == path
