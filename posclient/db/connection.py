"""Connections to the till's databases, and the one transaction there is.

Every failure of SQLite that is the world's and not ours leaves here as a ``DataError`` (field_failures.md T-5, T-6):

    disk_full      no room; nothing was written
    io_error       the disk refused a read or a write
    database_busy  another connection held the database longer than ``BUSY_MS``
    corrupt        the file is damaged
    not_database   the file is something else
    read_only      the file or its folder may not be written
    cannot_open    no such file, or no right to it

What is left (a broken constraint, wrong SQL) is a bug and stays a ``sqlite3.Error``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from posclient.errors import DataError

TILL_FILE = "till.db"
#: How long a statement waits for another connection's write. Our transactions last milliseconds.
BUSY_MS = 5000

_CODES = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_IOERR: "io_error",
    sqlite3.SQLITE_BUSY: "database_busy",
    sqlite3.SQLITE_LOCKED: "database_busy",
    sqlite3.SQLITE_PROTOCOL: "database_busy",  # of several that open a log at once, one looked too often in vain
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "not_database",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CANTOPEN: "cannot_open",
    sqlite3.SQLITE_PERM: "cannot_open",
    sqlite3.SQLITE_AUTH: "cannot_open",
}
#: What is said of a page that came back as something else, or of a place of the disk that cannot be read.
DAMAGE = frozenset({"corrupt", "io_error"})


def data_error(error: sqlite3.Error) -> Exception:
    """The ``DataError`` that ``error`` means, or ``error`` itself where it is a bug of ours."""
    number = getattr(error, "sqlite_errorcode", 0)
    code = _CODES.get(number & 0xFF)  # the low byte is the primary code
    return DataError(code, detail=str(error), sqlite=getattr(error, "sqlite_errorname", "")) if code else error


class Cursor(sqlite3.Cursor):
    """A cursor whose failures are ``DataError``."""

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        try:
            super().execute(sql, parameters)
        except sqlite3.Error as error:
            raise data_error(error) from error
        return self

    def executemany(self, sql: str, parameters: Iterable[Any]) -> Cursor:
        try:
            super().executemany(sql, parameters)
        except sqlite3.Error as error:
            raise data_error(error) from error
        return self

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlite3.Error as error:
            raise data_error(error) from error

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.Error as error:
            raise data_error(error) from error

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.Error as error:
            raise data_error(error) from error


class Connection(sqlite3.Connection):
    """A connection of ours: no hidden transactions, failures are ``DataError``."""

    def cursor(self, factory: Any = Cursor) -> Any:
        return super().cursor(factory)

    # sqlite3's own shortcuts make a plain cursor, whatever ``cursor`` says. Ours come from its ``cursor`` all the same:
    # only there does it let go of what it keeps of earlier ones
    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        made: Cursor = super().cursor(Cursor)
        return made.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any]) -> Cursor:
        made: Cursor = super().cursor(Cursor)
        return made.executemany(sql, parameters)


def connect(path: Path, *, read_only: bool = False, create: bool = True, synchronous: str = "FULL") -> Connection:
    """Open one file in WAL mode with foreign keys checked; ``read_only`` or not ``create`` never makes one."""
    mode = "ro" if read_only else "rwc" if create else "rw"
    try:
        con = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            factory=Connection,
            timeout=BUSY_MS / 1000,
            cached_statements=256,
        )
    except sqlite3.Error as error:
        raise _named(data_error(error), path) from error
    try:
        con.execute("PRAGMA foreign_keys = ON")
        con.execute(f"PRAGMA synchronous = {synchronous}")
        con.execute("PRAGMA query_only = ON" if read_only else "PRAGMA journal_mode = WAL").fetchall()
    except (DataError, sqlite3.Error) as error:
        con.close()
        _named(error, path)
        raise
    return con


def _named(error: Exception, path: Path) -> Exception:
    """With the folder that a person is to look at."""
    if isinstance(error, DataError):
        error.params.setdefault("path", str(path.parent))
    return error


@contextmanager
def up_to_damage() -> Iterator[None]:
    """What is read in the block ends at a page that is damaged, and what has been read by then counts."""
    try:
        yield
    except DataError as error:
        if error.code not in DAMAGE:
            raise


@contextmanager
def transaction(con: Connection) -> Iterator[Connection]:
    """``BEGIN IMMEDIATE`` .. ``COMMIT``: all of the block or nothing of it.

    Reaching the end of the block is the decision to commit; any exception on the way, a failing COMMIT too, rolls
    back. When this returns, what was written survives a power cut.
    """
    con.execute("BEGIN IMMEDIATE")
    try:
        yield con
        con.execute("COMMIT")
    finally:
        if con.in_transaction:
            con.rollback()


@contextmanager
def snapshot(con: Connection) -> Iterator[Connection]:
    """Several reads of one state, whatever other connections write meanwhile."""
    con.execute("BEGIN")
    try:
        yield con
    finally:
        con.rollback()
