"""The SQL of a cache file, made from ``cache_tables``, with what the till derives for its look-ups.

barcode       every code of an article by its article_key (gtin.py)
product_text  names, full text: contentless, its rowid is ``product.n``
feed_cursor   the place in each feed, with count and checksum of its rows here
store_move    pieces that the store's other tills moved and HQ has not counted yet, as the store's hub says
cache_meta    whose data this is
"""

from __future__ import annotations

from posclient.db.cache_steps import APPLICATION_ID, VERSION
from posclient.db.cache_tables import TABLES, Table
from posclient.db.connection import Connection

PRODUCT_TEXT = (
    # a beginning that half the catalogue has would take 40 ms without the prefixes (measured; they cost 26 MB and 2 s);
    # every sign but white space is a token or part of one (name_text.py): searching for % finds it, and nothing else
    "CREATE VIRTUAL TABLE product_text USING fts5(name, content='', columnsize=0, prefix='1 2 3',"
    " tokenize=\"unicode61 remove_diacritics 2 categories 'L* N* M* P* S* Co'\")"
)
_OWN_TABLES = """
CREATE TABLE barcode (code TEXT NOT NULL, product INTEGER NOT NULL, PRIMARY KEY (code, product)) STRICT, WITHOUT ROWID;
CREATE TABLE feed_cursor (
    feed TEXT NOT NULL PRIMARY KEY, epoch TEXT NOT NULL, version INTEGER NOT NULL, applied_seq INTEGER NOT NULL,
    checked_ms INTEGER NOT NULL, head INTEGER NOT NULL, rows INTEGER NOT NULL, checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE store_move (sku TEXT NOT NULL PRIMARY KEY, qty INTEGER NOT NULL) STRICT, WITHOUT ROWID
"""


def create_tables(con: Connection) -> None:
    """Tables without their indexes: a bulk load is quicker without."""
    for table in TABLES.values():
        columns = ", ".join(f'"{name}" {kind.sql}' for name, kind in table.columns)
        con.execute(
            f"CREATE TABLE {table.name} (n INTEGER PRIMARY KEY, key TEXT NOT NULL, feed TEXT NOT NULL,"
            f" version INTEGER NOT NULL, {columns}) STRICT"
        )
    for sql in _OWN_TABLES.split(";"):
        con.execute(sql)
    con.execute(PRODUCT_TEXT)


def create_indexes(con: Connection) -> None:
    """Indexes, and the mark that the file is whole."""
    for table in TABLES.values():
        con.execute(f"CREATE UNIQUE INDEX {table.name}_key ON {table.name} (key)")
        for number, columns in enumerate(table.indexes):
            con.execute(f"CREATE INDEX {table.name}_{number} ON {table.name} ({columns})")
    con.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    con.execute(f"PRAGMA user_version = {VERSION}")


def columns_of(table: Table) -> str:
    """key, feed, version and those of ``table.values``, as SQL."""
    return ", ".join(["key", "feed", "version", *(f'"{name}"' for name, _ in table.columns)])


def insert_sql(table: Table, first: str = "") -> str:
    """INSERT of those columns; ``first`` names one more before them."""
    marks = ", ".join("?" * (len(table.columns) + 3 + bool(first)))
    return f"INSERT INTO {table.name} ({first}{columns_of(table)}) VALUES ({marks})"  # noqa: S608


def upsert_sql(table: Table) -> str:
    """The same, or the row of that key brought up to date in its place: its rowid stays."""
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in ["feed", "version", *dict(table.columns)])
    return f"{insert_sql(table)} ON CONFLICT (key) DO UPDATE SET {changed}"
