"""Who runs a job: a hold ends with its process, however that ends, so that nobody takes for interrupted what runs at
another HQ process on the same database.

On PostgreSQL it is an advisory lock of a connection of its own, with a file a lock of SQLite's own in the job's folder.
"""

from __future__ import annotations

from sync.hq.database import Database
from sync.hq.imports.kept_jobs import Job
from sync.hq.imports.locks import LetGo, hold_file, hold_key, is_file_held, is_key_held

_FILE = "hold.db"


class Holds:
    """The holds of one database's jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, job: Job) -> LetGo | None:
        """Hold the job until it is let go or this process ends; None where somebody holds it."""
        return hold_file(job.folder / _FILE) if self._database.file else hold_key(self._database, _key(job))

    def is_held(self, job: Job) -> bool:
        """By whatever process."""
        return is_file_held(job.folder / _FILE) if self._database.file else is_key_held(self._database, _key(job))


def _key(job: Job) -> int:
    return int(job.id, 16) - 2**63
