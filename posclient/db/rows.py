"""Writing rows of the SQLModel tables at the speed of plain SQLite.

The tables declare columns and defaults; the statement is made from them once and run by sqlite3 itself. A row as an
SQLModel object would cost 136 us, a sale has some thirty (measured; protocol.md allows a sale 3 x the bare rows).
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects import sqlite

from posclient.db.connection import Connection
from posclient.db.till_tables import TillTable

_DIALECT = sqlite.dialect(paramstyle="named")


def add(con: Connection, table: type[TillTable], *rows: Mapping[str, Any]) -> int:
    """Insert ``rows``, given by column names; left out are columns with a default. Gives the last rowid."""
    sql, columns, defaults = _statement(table)
    last = 0
    for row in rows:
        values = {**defaults, **row}
        if values.keys() != columns:
            raise TypeError(f"{table.__name__}: {sorted(values.keys() ^ columns)}")
        last = con.execute(sql, values).lastrowid or 0
    return last


@cache
def _statement(table: type[TillTable]) -> tuple[str, AbstractSet[str], Mapping[str, Any]]:
    sql = str(insert(table).compile(dialect=_DIALECT))
    defaults = {name: field.default for name, field in table.model_fields.items() if not field.is_required()}
    return sql, table.model_fields.keys(), defaults
