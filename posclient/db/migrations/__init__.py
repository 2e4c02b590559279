"""How an older till.db becomes a present one: ordered steps, all of them in one transaction, a backup first.

``PRAGMA user_version`` is the number of the last step. Plain SQL, since importing alembic costs a start 2 s (stack.md).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from posclient.db.connection import Connection, data_error, transaction
from posclient.db.migrations import v001_first, v002_outcome_seen, v003_chain, v004_contact
from posclient.errors import DataError

#: All steps in order; step n brings version n - 1 to n.
STEPS: tuple[str, ...] = (v001_first.SQL, v002_outcome_seen.SQL, v003_chain.SQL, v004_contact.SQL)
#: "POS1" in the file's header, so that no other program's database is ever migrated.
APPLICATION_ID = 0x504F5331
#: Copies of older files, by the version before the migration; ``retention`` removes them in time.
BACKUPS = "till-v*.db"


def migrate(con: Connection, backup_folder: Path, steps: Sequence[str] = STEPS) -> bool:
    """Bring the file to the last step; True if anything was done.

    Errors: ``newer_file`` (``found``, ``known``: a newer program wrote it), ``not_ours``; whatever fails rolls the
    whole migration back, and the old program goes on with the old file.
    """
    found = check_version(con, len(steps))
    if found == len(steps):
        return False
    copy = backup(con, backup_folder, f"till-v{found}") if found else None
    try:
        _take_steps(con, steps)
    except BaseException:
        if copy:
            with suppress(OSError):
                copy.unlink()  # the next start makes another, and so on until the disk is full
        raise
    return True


def _take_steps(con: Connection, steps: Sequence[str]) -> None:
    with transaction(con):
        # another process may have been faster
        for sql in steps[_number(con, "user_version") :]:
            for statement in statements(sql):
                con.execute(statement)
        con.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        con.execute(f"PRAGMA user_version = {len(steps)}")


def check_version(con: Connection, known: int = len(STEPS)) -> int:
    """The file's version, 0 for an empty one; refuses what this program cannot read."""
    found = _number(con, "user_version")
    if found > known:
        raise DataError("newer_file", found=found, known=known)
    tables = con.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if (found or tables) and _number(con, "application_id") != APPLICATION_ID:
        raise DataError("not_ours")
    return found


def backup(con: Connection, folder: Path, stem: str) -> Path:
    """A whole copy of the database in ``folder``, complete under its name or not there at all."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = _free_name(folder, stem)
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        try:
            with closing(sqlite3.connect(part)) as copy:
                con.backup(copy)
        except BaseException:
            part.unlink(missing_ok=True)  # of a full disk it would keep what room was left
            raise
        part.rename(path)
    except sqlite3.Error as error:
        raise data_error(error) from error
    except OSError as error:
        raise DataError("cannot_write", path=str(folder), detail=str(error)) from error
    return path


def statements(sql: str) -> Iterator[str]:
    """The statements of a script one by one: ``executescript`` would commit before the first."""
    begun = ""
    for line in sql.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            yield begun
            begun = ""


def _free_name(folder: Path, stem: str) -> Path:
    path, number = folder / f"{stem}.db", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.db"
    return path


def _number(con: Connection, pragma: str) -> int:
    return int(con.execute(f"PRAGMA {pragma}").fetchone()[0])
