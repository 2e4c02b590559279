"""Writing rows of the SQLModel tables at the speed of plain SQLite.

The tables declare columns and defaults; the statement is made from them once and run by sqlite3 itself. A row as an
SQLModel object would cost 136 us, a sale has some thirty (measured; protocol.md allows a sale 3 x the bare rows).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects import sqlite

from posclient.db.connection import Connection
from posclient.db.till_tables import TillTable

_DIALECT = sqlite.dialect(paramstyle="qmark")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table, ready to be written: made before a transaction, they cost it nothing but the statement."""

    sql: str
    values: list[tuple[Any, ...]]


@dataclass(frozen=True)
class _Insert:
    """INSERT of all columns; ``defaults`` are those that may be left out."""

    sql: str
    columns: AbstractSet[str]
    in_order: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    defaults: Mapping[str, Any]


def ready(table: type[TillTable], *rows: Mapping[str, Any], unless_there: bool = False) -> Rows:
    """``rows``, given by column names; left out are columns with a default. ``unless_there``: one of that key stays."""
    prepared = _prepared(table)
    sql = f"{prepared.sql} ON CONFLICT DO NOTHING" if unless_there else prepared.sql
    return Rows(sql, [_values(prepared, row) for row in rows])


def write(con: Connection, batches: Iterable[Rows]) -> None:
    """Insert what is ``ready``, in its order."""
    for batch in batches:
        if len(batch.values) == 1:
            con.execute(batch.sql, batch.values[0])
        elif batch.values:
            con.executemany(batch.sql, batch.values)


def add(con: Connection, table: type[TillTable], row: Mapping[str, Any]) -> int:
    """Insert one row; gives its rowid."""
    prepared = _prepared(table)
    return con.execute(prepared.sql, _values(prepared, row)).lastrowid or 0


def _values(prepared: _Insert, row: Mapping[str, Any]) -> tuple[Any, ...]:
    whole = {**prepared.defaults, **row}
    if whole.keys() != prepared.columns:
        raise TypeError(f"{prepared.sql}: {sorted(whole.keys() ^ prepared.columns)}")
    return prepared.in_order(whole)


@cache
def _prepared(table: type[TillTable]) -> _Insert:
    fields = table.model_fields
    defaults = {name: field.default for name, field in fields.items() if not field.is_required()}
    return _Insert(str(insert(table).compile(dialect=_DIALECT)), fields.keys(), itemgetter(*fields), defaults)
