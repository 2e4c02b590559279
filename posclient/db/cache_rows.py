"""One row of a feed into the cache or out of it, with everything that the till derives from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from posclient.db.at_rest import OwnKey
from posclient.db.cache_kinds import SEPARATOR
from posclient.db.cache_schema import upsert_sql
from posclient.db.cache_tables import TABLES, Table
from posclient.db.connection import Connection
from posclient.db.name_text import spaced
from posclient.domain.gtin import article_key
from posclient.errors import DataError

_UPSERT = {name: upsert_sql(table) for name, table in TABLES.items()}


def table_of(feed: str, name: str) -> Table:
    """The table, if ``feed`` may hold it: the allow-list (field_failures.md S-11)."""
    table = TABLES.get(name)
    if table is None or feed.partition(":")[0] not in table.feeds:
        raise DataError("bad_row", table=name[:80], feed=feed, why="not a table of this feed")
    return table


def version_of(con: Connection, table: Table, key: str, feed: str) -> int | None:
    """The row's version here. A row of another feed is never touched: ``bad_row``."""
    row = con.execute(f"SELECT version, feed FROM {table.name} WHERE key = ?", (key,)).fetchone()  # noqa: S608
    if row is None:
        return None
    if row[1] != feed:
        raise table.bad_row(key, f"belongs to {row[1]}")
    return int(row[0])


def put(con: Connection, table: Table, feed: str, key: str, version: int, data: Mapping[str, Any], own: OwnKey) -> None:
    """Insert the row or bring it up to date; ``own`` seals personal data. Errors: ``bad_row``, ``no_own_key``."""
    values = table.values(key, data, own.at_rest)
    try:
        if table.name == "product":
            _forget_product(con, key)
        con.execute(_UPSERT[table.name], [key, feed, version, *values])
        if table.name == "product":
            _index_product(con, key)
    except (UnicodeEncodeError, OverflowError, sqlite3.IntegrityError) as error:
        raise table.bad_row(key, f"{type(error).__name__}: {error}") from error


def remove(con: Connection, table: Table, key: str) -> None:
    """Take the row away."""
    if table.name == "product":
        _forget_product(con, key)
    con.execute(f"DELETE FROM {table.name} WHERE key = ?", (key,))  # noqa: S608


def barcodes(gtins: str) -> list[str]:
    """The keys under which an article is filed, of its codes as they are kept."""
    if SEPARATOR not in gtins:
        return [article_key(gtins)] if gtins else []
    return list({article_key(code): None for code in gtins.split(SEPARATOR) if code})


def _product(con: Connection, key: str) -> tuple[int, str, str] | None:
    found: tuple[int, str, str] | None = con.execute(
        "SELECT n, name, gtins FROM product WHERE key = ?", (key,)
    ).fetchone()
    return found


def _forget_product(con: Connection, key: str) -> None:
    if old := _product(con, key):
        number, name, gtins = old
        # a contentless index is told what to forget
        con.execute(
            "INSERT INTO product_text (product_text, rowid, name) VALUES ('delete', ?, ?)", (number, spaced(name))
        )
        con.executemany(
            "DELETE FROM barcode WHERE code = ? AND product = ?", [(one, number) for one in barcodes(gtins)]
        )


def _index_product(con: Connection, key: str) -> None:
    if new := _product(con, key):
        number, name, gtins = new
        con.execute("INSERT INTO product_text (rowid, name) VALUES (?, ?)", (number, spaced(name)))
        con.executemany("INSERT INTO barcode (code, product) VALUES (?, ?)", [(one, number) for one in barcodes(gtins)])
