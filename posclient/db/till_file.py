"""Opening till.db: made, checked, migrated."""

from __future__ import annotations

from pathlib import Path

from posclient.db.connection import TILL_FILE, Connection, connect
from posclient.db.migrations import STEPS, check_version, migrate
from posclient.errors import DataError

BACKUP_FOLDER = "backup"


def open_till(folder: Path, *, read_only: bool = False) -> Connection:
    """The data folder's till.db at this program's version; made empty where there is none.

    ``read_only``: for a second thread or ``doctor``; makes and migrates nothing. Errors: ``no_till`` (read only),
    ``old_file`` (read only, to be migrated), ``newer_file``, ``not_ours``, those of ``connection``.
    """
    path = folder / TILL_FILE
    if read_only and not path.exists():
        raise DataError("no_till", path=str(folder))
    con = connect(path, read_only=read_only)
    try:
        if read_only:
            found = check_version(con)
            if not found:  # emptied, or never finished: nothing is there to be upgraded
                raise DataError("no_till", path=str(folder))
            if found < len(STEPS):
                raise DataError("old_file", path=str(path))
        else:
            migrate(con, folder / BACKUP_FOLDER)
    except BaseException:
        con.close()
        raise
    return con
