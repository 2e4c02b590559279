"""The form of HQ's tables: the number of alembic's last revision, read and written without alembic.

Importing alembic costs a command half a second and more, so only ``sync.hq.migrating`` does.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from posclient.errors import DataError

#: The last revision of ``migrations/versions``; a new database is made in this form.
HEAD = "0020"
#: The form of databases that were made before forms had numbers.
BASELINE = "0001"
#: Alembic's own table, under the name that every tool for it expects.
_TABLE = "alembic_version"
_FORM = f"SELECT version_num FROM {_TABLE}"  # noqa: S608


def read_form(con: Connection, ours: set[str]) -> str | None:
    """The form of a database, None where it has no table of ``ours``; ``DataError("not_hq_database")``."""
    have = set(inspect(con).get_table_names())
    if "hq" not in have:
        if have & (ours | {_TABLE}):
            raise DataError("not_hq_database")
        return None
    found = con.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar() if _TABLE in have else BASELINE  # noqa: S608
    if not isinstance(found, str) or not found.isdigit():
        raise DataError("not_hq_database")
    return found


def check_form(form: str) -> None:
    """``DataError``: ``older_database`` (to be migrated by a person) or ``newer_database`` (to be left alone)."""
    if int(form) > int(HEAD):
        raise DataError("newer_database", version=form)
    if int(form) < int(HEAD):
        raise DataError("older_database", version=form, known=HEAD)


def check_kept(con: Connection) -> None:
    """Has the database the form still in which it was found? Asked with each write. Errors as ``check_form``."""
    check_form(con.exec_driver_sql(_FORM).scalar_one())


def hold_form(con: Connection) -> None:
    """Before it is changed: whoever writes by the old one is waited for, whoever comes then finds the new one. Where
    writers are one after the other anyway there is nothing to do.
    """
    if con.dialect.name == "postgresql" and _TABLE in inspect(con).get_table_names():
        con.execute(text(f"LOCK TABLE {_TABLE} IN ACCESS EXCLUSIVE MODE"))


def stamp_form(con: Connection, form: str) -> None:
    """Say which form a database has that says nothing yet."""
    con.execute(text(f"CREATE TABLE {_TABLE} (version_num VARCHAR(32) NOT NULL, PRIMARY KEY (version_num))"))
    con.execute(text(f"INSERT INTO {_TABLE} VALUES (:form)"), {"form": form})  # noqa: S608
