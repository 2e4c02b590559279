"""The live cache file: which one it is, reading it, and going over to the next one.

``cache.current`` holds the name of the live file. A first load is built beside it and takes over when that small file
is replaced (``loading.swap``); a reader notices at its next operation. An older program's cache is brought up to date
where it lies (``cache_steps``). One that is missing or broken costs no fact: ``prepare`` puts an empty one in its place
and HQ is asked for a load.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from posclient.db.at_rest import OwnKey
from posclient.db.cache_schema import create_indexes, create_tables
from posclient.db.cache_steps import APPLICATION_ID, VERSION, bring_up, is_cache
from posclient.db.connection import Connection, connect, transaction
from posclient.db.migrations import backup
from posclient.errors import DataError

CURRENT_FILE = "cache.current"
_NAME = re.compile(r"cache-([1-9][0-9]{0,8})\.db", re.ASCII)
#: What speaks against the file. Everything else may pass: a lock, a disk that is full or away, too many open files.
BROKEN = frozenset({"no_cache", "corrupt", "not_database"})
#: Copies of caches from before an update, for ``retention``; one is made where there is room for it so many times.
ASIDE, ROOM = "cache.v*.db", 3
_T = TypeVar("_T")


class LiveCache:
    """One thread's way to the live cache. Errors of every use: ``no_cache`` where nothing was prepared, ``cannot_open``
    where that cannot be told now.

    ``own`` opens personal data when somebody is shown, and seals those that come; nothing is opened in bulk.
    """

    def __init__(self, folder: Path, *, writable: bool = False, own: OwnKey | None = None) -> None:
        self._folder, self._writable = folder, writable
        self.own = own or OwnKey()
        self._current = folder / CURRENT_FILE
        self._con: Connection | None = None
        self._seen: tuple[int, int] | None = None
        self._memo: dict[str, Any] = {}
        self._memo_of: tuple[object, ...] = ()
        self._kept: dict[str, tuple[object, Any]] = {}
        self._data_version = -1

    @property
    def con(self) -> Connection:
        """The connection to the file that is live now. Keep it for one operation, never longer."""
        seen = self._mark()
        if self._con is None or seen != self._seen:
            self.close()
            self._con = self._connect(seen)
        return self._con

    def _mark(self) -> tuple[int, int]:
        """Another one whenever ``cache.current`` was replaced."""
        try:
            found = self._current.stat()
        except FileNotFoundError as error:
            raise DataError("no_cache", path=str(self._folder)) from error
        except OSError as error:
            raise DataError("cannot_open", path=str(self._folder), detail=str(error)) from error
        return found.st_mtime_ns, found.st_ino

    def _connect(self, seen: tuple[int, int]) -> Connection:
        """The live file; if it was just swapped and swept away between two steps of ours, the next one."""
        self._seen = seen
        try:
            return self._opened(live_path(self._folder))
        except DataError:
            again = self._mark()
            if again == seen:
                raise
            return self._connect(again)

    def _opened(self, path: Path) -> Connection:
        """One that was emptied is damaged like any other: without its tables each question would be a bug of ours."""
        con = connect(path, read_only=not self._writable, create=False, synchronous="NORMAL")
        try:
            if not is_cache(con):
                raise DataError("corrupt", path=str(self._folder))
        except BaseException:
            con.close()
            raise
        return con

    def memo(self, name: str, load: Callable[[Connection], _T]) -> _T:
        """What ``load`` made of the global and store feeds' rows, kept until one of those feeds moves on."""
        con = self.con
        version = con.execute("PRAGMA data_version").fetchone()[0]
        if self._writable or version != self._data_version:
            self._data_version = version
            self._forget_old(con)
        while name not in self._memo:
            before, made = (con, self._data_version), load(con)
            con = self.con
            if before == (con, self._data_version):  # else a page came in between: half of it may be from before
                self._memo[name] = made
        found: _T = self._memo[name]
        return found

    def kept(self, name: str, feed: str, load: Callable[[Connection], _T]) -> _T:
        """The same for what only ``feed`` changes, and what takes too long to be made anew with every member."""
        con = self.con
        sql = "SELECT epoch, version FROM feed_cursor WHERE feed = ?"
        of = (self._seen, con.execute(sql, (feed,)).fetchone())
        if name not in self._kept or self._kept[name][0] != of:
            self._kept[name] = (of, load(con))
        found: _T = self._kept[name][1]
        return found

    def settle(self) -> None:
        """Have all that a writable cache took on the disk: one commit that waits brings those before it along."""
        self.con.execute("PRAGMA synchronous = FULL")
        try:
            self.con.execute(f"PRAGMA application_id = {APPLICATION_ID}")  # a row that stays the same is not written
        finally:
            self.con.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Let go of the file."""
        if self._con is not None:
            self._con.close()
            self._con, self._memo, self._data_version = None, {}, -1

    def _forget_old(self, con: Connection) -> None:
        sql = "SELECT feed, epoch, version FROM feed_cursor WHERE feed NOT LIKE 'zone:%'"
        of = (self._seen, *con.execute(sql).fetchall())
        if of != self._memo_of:
            self._memo, self._memo_of = {}, of


def live_path(folder: Path) -> Path:
    """The live file's path. Errors: ``no_cache``; ``cannot_open`` where its name cannot be read now."""
    try:
        name = (folder / CURRENT_FILE).read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError) as error:
        raise DataError("no_cache", path=str(folder)) from error
    except OSError as error:
        raise DataError("cannot_open", path=str(folder), detail=str(error)) from error
    if not _NAME.fullmatch(name):
        raise DataError("no_cache", path=str(folder))
    return folder / name


def prepare(folder: Path) -> bool:
    """Make sure that a usable cache is live; False if it had to be an empty one, which asks for a load.

    For whoever holds the folder's lock; also removes what earlier runs left behind. ``DataError`` of ``connection``
    where a cache cannot be opened or brought up to date now (``disk_full``): it stays, as does what is in it.
    """
    usable = _is_usable(folder) or _took_back(folder)
    if not usable:
        renew(folder)
    sweep(folder)
    return usable


def renew(folder: Path) -> Path:
    """Put an empty cache in place of the live one, which is broken or of another HQ."""
    drop_aside(folder)
    path = next_path(folder)
    con = connect(path, synchronous="NORMAL")
    try:
        with transaction(con):
            create_tables(con)
            create_indexes(con)
    finally:
        con.close()
    point_at(folder, path)
    return path


def point_at(folder: Path, path: Path) -> None:
    """Make ``path`` the live cache, at one instant and durably."""
    part = folder / f"{CURRENT_FILE}.part"
    try:
        with part.open("w", encoding="ascii") as file:
            file.write(path.name + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / CURRENT_FILE)
    except OSError as error:
        raise DataError("cannot_write", path=str(folder), detail=str(error)) from error


def next_path(folder: Path) -> Path:
    """A name that no cache here has, whether live, old or being built."""
    numbers = [
        int(found[1]) for one in folder.glob("cache-*") if (found := re.match(r"cache-([0-9]{1,9})\.", one.name))
    ]
    return folder / f"cache-{max(numbers, default=0) + 1}.db"


def sweep(folder: Path) -> None:
    """Remove cache files that are not live and that nobody has open."""
    live = live_path(folder)
    for path in folder.glob("cache-*.db"):
        if path != live and _is_free(path):
            for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                with suppress(OSError):
                    (folder / name).unlink(missing_ok=True)


def _is_usable(folder: Path) -> bool:
    try:
        path = live_path(folder)
        return path.exists() and _is_whole(path, folder)
    except DataError as error:
        if error.code not in BROKEN:
            raise
    except sqlite3.Error:
        pass
    return False


def _is_whole(path: Path, folder: Path) -> bool:
    with closing(connect(path, create=False, synchronous="NORMAL")) as con:
        con.execute("SELECT count(*) FROM feed_cursor").fetchone()
        return bring_up(con, before=partial(_put_aside, con, folder))


def _put_aside(con: Connection, folder: Path, version: int) -> None:
    """A copy for the program before this one, should the update be taken back; without it that one asks for a load."""
    aside = folder / f"cache.v{version}.db"
    (size,) = con.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
    with suppress(OSError, DataError):
        aside.unlink(missing_ok=True)
        if shutil.disk_usage(folder).free > ROOM * size:
            backup(con, folder, aside.stem)


def drop_aside(folder: Path) -> None:
    """What HQ leased and whose rows these are may be another by now: nobody is to go back to them."""
    for aside in folder.glob(ASIDE):
        with suppress(OSError):
            aside.unlink()


def _took_back(folder: Path) -> bool:
    """A newer program's cache is live, or none: the copy from before its update serves, and its cursors go on."""
    aside = folder / f"cache.v{VERSION}.db"
    if not aside.exists():
        return False
    path = next_path(folder)
    aside.replace(path)
    point_at(folder, path)
    return _is_usable(folder)


def _is_free(path: Path) -> bool:
    """Nobody else has it open: only then does SQLite let a file leave WAL mode. A broken file is free."""
    try:
        con = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            con.execute("PRAGMA journal_mode = DELETE").fetchone()
        finally:
            con.close()
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True
    return True
