"""Many rows into one table at once, as fast as each database can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ARRAY, ColumnElement, Connection, String, any_, bindparam, inspect
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, insert

from sync.hq.tables import HqTable


def among(session: Session, column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """Is the column one of these texts? PostgreSQL takes them as one array: a parameter each is a statement anew."""
    if session.get_bind().dialect.name == "postgresql":
        return col(column) == any_(bindparam(None, list(values), type_=ARRAY(String), unique=True))
    return col(column).in_(values)


def insert_rows(session: Session, table: type[HqTable], rows: Sequence[dict[str, Any]]) -> None:
    """Insert ``rows``, which all have the same columns. Errors are SQLAlchemy's, whichever way they go.

    PostgreSQL takes them by COPY: seven times as many rows a second as by a statement for each.
    """
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.flush()
        _copy(session.connection(), str(inspect(table).local_table.name), rows)
    else:
        session.execute(insert(table), rows)


def _copy(con: Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    import psycopg
    from psycopg import sql

    raw = cast("psycopg.Connection[Any]", con.connection.driver_connection)
    columns = list(rows[0])
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([row[column] for column in columns])
    except psycopg.Error as error:
        raise DBAPIError.instance(f"COPY {table}", None, error, psycopg.Error) from error
