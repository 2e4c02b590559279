"""Faults that somebody might build in, put in at run time: a harness that does not find them proves nothing.

They change statements on their way to SQLite, so that they stay what they are while the product's code changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

#: Gives the statements to run in place of one.
Rewrite = Callable[[sqlite3.Connection, str], list[str]]


@contextmanager
def rewritten(rewrite: Rewrite) -> Iterator[None]:
    """Connections that are opened in the block run other statements; the last of each list takes the parameters."""
    connect = sqlite3.connect

    def connected(*arguments: Any, factory: type[sqlite3.Connection] = sqlite3.Connection, **options: Any) -> Any:
        return connect(*arguments, factory=_rewriting(factory, rewrite), **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connected)
        yield


def _rewriting(factory: type[sqlite3.Connection], rewrite: Rewrite) -> type[sqlite3.Connection]:
    class Rewriting(factory):  # type: ignore[misc, valid-type]
        def execute(self, sql: str, *parameters: Any) -> Any:
            *before, last = rewrite(self, sql)
            for one in before:
                super().execute(one)
            return super().execute(last, *parameters)

        def executemany(self, sql: str, parameters: Any) -> Any:
            *before, last = rewrite(self, sql)
            for one in before:
                super().execute(one)
            return super().executemany(last, parameters)

    return Rewriting


def _pragma(level: str) -> Rewrite:
    return lambda _con, sql: [sql.replace("synchronous = FULL", f"synchronous = {level}")]


def _apart(table: str) -> Rewrite:
    """What comes before the write to ``table`` is committed before it."""
    return _parted(lambda sql: sql.startswith("INSERT") and f"INTO {table} " in sql)


def _parted(here: Callable[[str], bool]) -> Rewrite:
    def rewrite(con: sqlite3.Connection, sql: str) -> list[str]:
        return ["COMMIT", "BEGIN IMMEDIATE", sql] if con.in_transaction and here(sql) else [sql]

    return rewrite


MUTANTS: dict[str, Rewrite] = {
    "commits do not wait for the disk (synchronous=NORMAL)": _pragma("NORMAL"),
    "nothing waits for the disk (synchronous=OFF)": _pragma("OFF"),
    "sale and outbox in two transactions": _apart("outbox"),
    "fact and sale in two transactions": _apart("sale"),
    "receipt number and sale in two transactions": _apart("fact"),
    "rows of a page and its cursor in two transactions": _apart("feed_cursor"),
}
#: Of those, what only pages can show.
PAGES = {"rows of a page and its cursor in two transactions"}
MIGRATION_MUTANTS: dict[str, Rewrite] = {
    "the steps and their number in two transactions": _parted(lambda sql: sql.startswith("PRAGMA user_version =")),
    "each statement is a transaction": _parted(lambda sql: sql.startswith(("ALTER", "UPDATE"))),
}
