import errno
import os
import resource
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from posclient.db import chain, connection, inbox, live_cache
from posclient.db.connection import Connection, connect
from posclient.db.live_cache import CURRENT_FILE, LiveCache, live_path, next_path, prepare, renew, sweep
from posclient.errors import DataError
from tests.db.shop import NOW, caches, fill, member, page, product, rows


def test_a_new_folder_gets_an_empty_cache_and_asks_for_a_load(tmp_path: Path) -> None:
    assert prepare(tmp_path) is False
    assert prepare(tmp_path) is True
    assert inbox.cursors(LiveCache(tmp_path)) == {}


@pytest.mark.parametrize("how", ["gone", "other", "empty", "cut", "named wrong", "unfinished"])
def test_a_broken_cache_is_replaced_by_an_empty_one(tmp_path: Path, how: str) -> None:
    cache, _ = caches(tmp_path)
    fill(cache, "global", *rows("tier", [{"id": "gold", "name": "金卡", "rank": 1}]))
    cache.con.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if how == "unfinished":
        cache.con.execute("PRAGMA user_version = 0")
    cache.close()
    path = live_path(tmp_path)
    if how == "gone":
        path.unlink()
    elif how == "named wrong":
        (tmp_path / CURRENT_FILE).write_text("../../etc/passwd")
    elif how != "unfinished":
        path.write_bytes({"other": b"no database" * 100, "empty": b"", "cut": path.read_bytes()[:5000]}[how])
    assert prepare(tmp_path) is False
    assert inbox.cursors(LiveCache(tmp_path)) == {}
    assert prepare(tmp_path) is True


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A cache with a row in it, which nobody has open."""
    cache, _ = caches(tmp_path)
    fill(cache, "global", *rows("tier", [{"id": "gold", "name": "金卡", "rank": 1}]))
    cache.close()
    return live_path(tmp_path)


def test_a_program_that_may_open_no_more_files_throws_no_cache_away(good: Path) -> None:
    """T-4: at each file that it has to open in turn: it says so, and sells from the same rows when it may again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    said = []
    for spare in range(8):
        free = os.open(good, os.O_RDONLY)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + spare, hard))
        try:
            prepare(good.parent)
            said.append("")
        except DataError as error:
            said.append(error.code)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert (prepare(good.parent), live_path(good.parent)) == (True, good)
    assert (said[0], said[-1]) == ("cannot_open", "")
    assert set(said) == {"cannot_open", ""}
    with pytest.raises(DataError) as caught:
        connect(good / "nowhere")
    assert caught.value.params["path"] == str(good)  # what the sentence names


def test_another_program_that_holds_the_cache_costs_no_row(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-4: a backup or a virus scanner."""
    monkeypatch.setattr(connection, "BUSY_MS", 20)
    with closing(sqlite3.connect(good, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DataError, match="database_busy"):
            prepare(good.parent)
    assert (prepare(good.parent), live_path(good.parent)) == (True, good)


def test_a_disk_that_is_away_for_a_moment_costs_no_row(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-4."""
    away = [DataError("io_error")]

    def once(path: Path, **how: Any) -> Connection:
        if away:
            raise away.pop()
        return connect(path, **how)

    monkeypatch.setattr(live_cache, "connect", once)
    with pytest.raises(DataError, match="io_error"):
        prepare(good.parent)
    assert (prepare(good.parent), live_path(good.parent)) == (True, good)


def test_a_disk_that_does_not_say_what_lies_there_has_a_cache_all_the_same(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-4: a person was told to wait for a first load, where a cable was loose."""
    stat = Path.stat

    def away(path: Path, **how: bool) -> os.stat_result:
        if path.name == "cache.current":
            raise OSError(errno.EIO, "Input/output error")
        return stat(path, **how)

    with closing(LiveCache(good.parent)) as cache, monkeypatch.context() as loose:
        loose.setattr(Path, "stat", away)
        with pytest.raises(DataError, match="cannot_open"):
            _ = cache.con


def test_nothing_prepared(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no_cache"):
        _ = LiveCache(tmp_path).con
    prepare(tmp_path)
    live_path(tmp_path).unlink()
    with pytest.raises(DataError, match="cannot_open"):
        _ = LiveCache(tmp_path).con
    assert not live_path(tmp_path).exists()  # and a writer makes no empty one either
    with pytest.raises(DataError, match="cannot_open"):
        _ = LiveCache(tmp_path, writable=True).con


def test_open_readers_go_over_at_their_next_operation(tmp_path: Path) -> None:
    cache, reader = caches(tmp_path)
    fill(cache, "global", *rows("tier", [{"id": "gold", "name": "金卡", "rank": 1}]))
    assert list(chain.tiers(reader)) == ["gold"]
    cache.close()
    renew(tmp_path)
    assert list(chain.tiers(reader)) == []


def test_the_old_file_stays_as_long_as_somebody_has_it_open(tmp_path: Path) -> None:
    cache, reader = caches(tmp_path)
    old = live_path(tmp_path)
    reader.con.execute("SELECT 1").fetchall()
    cache.close()
    renew(tmp_path)
    sweep(tmp_path)
    assert old.exists()
    reader.con.execute("SELECT 1").fetchall()
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("cache-1*")) == []


def test_a_swap_between_two_steps_of_a_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name was read, then the file was swapped and swept away before it was opened."""
    prepare(tmp_path)
    reader, real = LiveCache(tmp_path), live_path
    swapped: list[Path] = []

    def slow(folder: Path) -> Path:
        path = real(folder)
        if not swapped:
            swapped.append(renew(folder))
            sweep(folder)
        return path

    monkeypatch.setattr(live_cache, "live_path", slow)
    assert inbox.cursors(reader) == {}


def test_names_are_never_used_again(tmp_path: Path) -> None:
    (tmp_path / "cache-7.123.part").touch()
    (tmp_path / "cache-3.db").touch()
    assert next_path(tmp_path).name == "cache-8.db"


def test_what_was_read_is_kept_until_its_feed_moves_on(tmp_path: Path) -> None:
    cache, reader = caches(tmp_path)
    fill(cache, "global", *rows("tier", [{"id": "gold", "name": "金卡", "rank": 1}]))
    first = chain.tiers(reader)
    fill(cache, "zone:z1")
    assert chain.tiers(reader) is first  # prices do not move it
    fill(cache, "global", *rows("tier", [{"id": "gold", "name": "黄金卡", "rank": 1}]))
    assert chain.tiers(reader)["gold"].name == "黄金卡"
    assert chain.tiers(cache)["gold"].name == "黄金卡"
    fill(cache, "global", *rows("tier", [{"id": "gold", "name": "G", "rank": 1}]))
    assert chain.tiers(cache)["gold"].name == "G"  # own writes too


def test_a_page_needs_a_writable_cache(tmp_path: Path) -> None:
    _, reader = caches(tmp_path)
    with pytest.raises(DataError, match="read_only"):
        inbox.apply_page(reader, page("global", []), NOW)


def test_what_one_feed_changes_is_kept_until_that_feed_moves_on(tmp_path: Path) -> None:
    """A list of a million rows is not read again with every member; a swap of the file forgets it too."""
    writer, reader = caches(tmp_path)
    reads: list[int] = []

    def names() -> list[str]:
        def load(con: Connection) -> list[str]:
            reads.append(1)
            return [name for (name,) in con.execute("SELECT name FROM product ORDER BY key")]

        return reader.kept("names", "global", load)

    assert names() == names() == []
    fill(writer, "store:S001", *rows("member", [member("M1")]))
    assert (names(), len(reads)) == ([], 1)
    fill(writer, "global", *rows("product", [product("A-1", "袜")], "sku"))
    assert (names(), names(), len(reads)) == (["袜"], ["袜"], 2)
    renew(tmp_path)
    assert names() == []
