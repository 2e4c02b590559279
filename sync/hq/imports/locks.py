"""Locks that end with their process, however that ends: on PostgreSQL an advisory one of a connection of its own, else
SQLite's own one of a file.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from posclient.errors import DataError
from sync.hq.database import Database

_TAKE = text("SELECT pg_try_advisory_lock(:key)")
_LET_GO = text("SELECT pg_advisory_unlock_all()")
#: A key of 64 bits lies there in two halves.
_IS_HELD = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND objsubid = 1"
    " AND d.datname = current_database() AND (classid::bigint << 32) | objid::bigint = :key"
)

#: Lets a lock go.
LetGo = Callable[[], None]


def hold_key(database: Database, key: int) -> LetGo | None:
    """On a server; None where somebody holds it."""
    con = database.lone_connection()
    if not con.execute(_TAKE, {"key": key}).scalar_one():
        con.close()
        return None
    return lambda: _end(con)


def is_key_held(database: Database, key: int) -> bool:
    """By whatever process."""
    with database.read() as session:
        return bool(session.execute(_IS_HELD, {"key": key}).scalar_one())


def hold_file(file: Path, beside: Path | None = None, patience_s: float = 0) -> LetGo | None:
    """None where somebody holds it for longer than ``patience_s``: who asks whether it is held holds it for a moment.
    ``beside``: whose owner the file is to have, whoever makes it.

    Raises:
        DataError: ``database_unusable`` (it cannot be made, or is another user's).
    """
    con = None
    try:
        file.touch(0o600)
        con = sqlite3.connect(file, timeout=patience_s, isolation_level=None, check_same_thread=False)
        con.execute("BEGIN EXCLUSIVE")
    except (OSError, sqlite3.OperationalError) as error:
        if con is not None:
            con.close()
        if isinstance(error, sqlite3.Error) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return None
        raise DataError("database_unusable", reason=f"{file.name}: {error}") from error
    if beside is not None:
        _give_to_owner(file, beside)
    return con.close


def is_file_held(file: Path) -> bool:
    """By whatever process. One that cannot be opened is another user's, whose process may hold it."""
    if not file.exists():
        return False
    try:
        let_go = hold_file(file)
    except DataError:
        return True
    if let_go is not None:
        let_go()
    return let_go is None


def _give_to_owner(file: Path, beside: Path) -> None:
    """As SQLite does with its own files: what root makes at the command line would bar HQ's own user for good."""
    if sys.platform != "win32" and os.geteuid() == 0:
        owner = beside.stat()
        with contextlib.suppress(OSError):
            os.chown(file, owner.st_uid, owner.st_gid)


def _end(con: Connection) -> None:
    """At once; or with its connection, whatever state that is in: a server notices a moment later that it is gone."""
    with contextlib.suppress(SQLAlchemyError):
        con.execute(_LET_GO)
    con.invalidate()
    con.close()
