"""Who runs a job: a hold ends with its process, however that ends, so that nobody takes for interrupted what runs at
another HQ process on the same database.

On PostgreSQL it is an advisory lock of a connection of its own, with a file a lock of SQLite's own in the job's folder.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, text

from sync.hq.database import Database
from sync.hq.imports.kept_jobs import Job

_FILE = "hold.db"
_TAKE = text("SELECT pg_try_advisory_lock(:key)")
#: A key of 64 bits lies there in two halves.
_IS_HELD = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND objsubid = 1"
    " AND d.datname = current_database() AND (classid::bigint << 32) | objid::bigint = :key"
)

#: Lets a job go.
LetGo = Callable[[], None]


class Holds:
    """The holds of one database's jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, job: Job) -> LetGo | None:
        """Hold the job until it is let go or this process ends; None where somebody holds it."""
        return _hold_file(job.folder / _FILE) if self._database.file else self._hold_there(job)

    def is_held(self, job: Job) -> bool:
        """By whatever process."""
        if self._database.file:
            return _is_file_held(job.folder / _FILE)
        with self._database.read() as session:
            return bool(session.execute(_IS_HELD, {"key": _key(job)}).scalar_one())

    def _hold_there(self, job: Job) -> LetGo | None:
        con = self._database.lone_connection()
        if not con.execute(_TAKE, {"key": _key(job)}).scalar_one():
            con.close()
            return None
        return lambda: _end(con)


def _key(job: Job) -> int:
    return int(job.id, 16) - 2**63


def _end(con: Connection) -> None:
    """The lock ends with its connection, whatever state that is in."""
    con.invalidate()
    con.close()


def _hold_file(file: Path) -> LetGo | None:
    con = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        con.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        con.close()
        return None
    return con.close


def _is_file_held(file: Path) -> bool:
    if not file.exists():
        return False
    let_go = _hold_file(file)
    if let_go is not None:
        let_go()
    return let_go is None
