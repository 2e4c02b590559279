"""Many rows at once, as fast as each database can: read by a list of texts, or inserted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, cast

from sqlalchemy import ARRAY, Connection, Executable, Result, String, any_, bindparam, inspect
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, insert

from sync.hq.tables import HqTable

#: Values of one IN (...): well under the 32,766 that SQLite takes.
MOST_KEYS = 1000


def parts(items: Iterable[Any], size: int = MOST_KEYS) -> Iterator[list[Any]]:
    """``items`` in lists of at most ``size``."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


class Among:
    """A query for the rows whose ``column`` is one of some texts; made once, which is half of what it costs.

    PostgreSQL takes the texts as one array: a parameter each is a statement anew.
    """

    def __init__(self, query: Any, column: Any) -> None:
        self._each = query.where(col(column).in_(bindparam("texts", expanding=True)))
        self._array = query.where(col(column) == any_(bindparam("texts", type_=ARRAY(String))))

    def rows(self, session: Session, texts: Iterable[str], **others: Any) -> Iterator[Any]:
        """The rows. ``others``: what else the query has parameters for."""
        for some in self._answers(session, texts, others):
            yield from some

    def run(self, session: Session, texts: Iterable[str], **others: Any) -> None:
        """The same for a statement that has no rows."""
        for _ in self._answers(session, texts, others):
            pass

    def _answers(self, session: Session, texts: Iterable[str], others: Mapping[str, Any]) -> Iterator[Result[Any]]:
        query = self._array if is_postgres(session) else self._each
        return (session.execute(query, {"texts": some, **others}) for some in parts(texts))

    def firsts(self, session: Session, texts: Iterable[str], **others: Any) -> Iterator[Any]:
        """The first value of each row: the object, where the query is for a table."""
        return (row[0] for row in self.rows(session, texts, **others))


def is_postgres(session: Session) -> bool:
    """On a server, not in a file?"""
    return session.get_bind().dialect.name == "postgresql"


def insert_rows(session: Session, table: type[HqTable], rows: Sequence[dict[str, Any]]) -> None:
    """Insert ``rows``; a column that one leaves out has its default. Errors are SQLAlchemy's, whichever way they go.

    PostgreSQL takes them by COPY: seven times as many rows a second as by a statement for each.
    """
    if not rows:
        return
    session.flush()
    defaults = _defaults(table)
    whole = [defaults | row for row in rows]
    if is_postgres(session):
        _copy(session.connection(), str(inspect(table).local_table.name), whole)
    else:
        session.execute(_insertion(table), whole)


@cache
def _defaults(table: type[HqTable]) -> dict[str, Any]:
    """What a plain row is without: the databases know of no defaults, and a key that counts is theirs."""
    columns = inspect(table).local_table.columns
    return {one.name: one.default.arg if one.default is not None else None for one in columns if _may_miss(one)}


def _may_miss(column: Any) -> bool:
    if column.primary_key:
        return False
    return column.nullable or (column.default is not None and column.default.is_scalar)


@cache
def _insertion(table: type[HqTable]) -> Executable:
    """Into the plain table: nobody wants objects of these rows."""
    return insert(inspect(table).local_table)


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
