"""An older database of HQ becomes a present one: alembic's revisions in one transaction, a copy of a file before."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from posclient.errors import DataError
from sync.hq.database import Database, connect_database
from sync.hq.schema import BASELINE, HEAD, check_form, hold_form, read_form, stamp_form
from sync.hq.tables import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Migrated:
    """``before`` is None where the database is new; ``backup`` the copy of a SQLite file that was changed."""

    before: str | None
    after: str
    backup: Path | None = None


def migrate(url: str) -> Migrated:
    """Bring the database of ``url`` to the present form, or make it. Whatever fails leaves it as it was.

    No server and no import should run on it: what they have begun is waited for, and from then on they write nothing.

    Raises:
        InputError, DataError: as ``open_database`` without ``older_database``; ``cannot_write``: no backup, no change.
    """
    database = connect_database(url)
    try:
        with database.write(shared=True) as session:
            return _migrated(database, session.connection())
    finally:
        database.close()


def alembic_config(con: Connection) -> Config:
    """What alembic's commands want to know; they run in the transaction of ``con``."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", os.fspath(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    config.attributes["connection"] = con
    return config


def upgrade(con: Connection, form: str = "head") -> None:
    """Run the revisions up to ``form``."""
    from alembic import command

    command.upgrade(alembic_config(con), form)


def _migrated(database: Database, con: Connection) -> Migrated:
    before = read_form(con, set(METADATA.tables))
    if before is None:
        database.make_tables(con)
        return Migrated(None, HEAD)
    if before == HEAD:
        return Migrated(before, HEAD)
    if int(before) > int(HEAD):
        check_form(before)
    hold_form(con)
    # the write lock is held: nothing can come in between the copy and the change
    copy = _backup(database.file, before) if database.file else None
    if before == BASELINE:
        stamp_form(con, before)
    upgrade(con)
    return Migrated(before, HEAD, copy)


def _backup(file: Path, form: str) -> Path:
    """A whole copy beside the file, for its owner alone; complete under its name or not there at all."""
    path = _free_name(file, form)
    part = path.with_suffix(".part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        source, copy = sqlite3.connect(file), sqlite3.connect(part)
        try:
            source.backup(copy)
        finally:
            source.close()
            copy.close()
        part.rename(path)
    except (sqlite3.Error, OSError) as error:
        raise DataError("cannot_write", path=os.fspath(path), detail=str(error)) from error
    return path


def _free_name(file: Path, form: str) -> Path:
    path, number = file.with_name(f"{file.stem}-form-{form}.db"), 1
    while path.exists():
        number += 1
        path = file.with_name(f"{file.stem}-form-{form}-{number}.db")
    return path
