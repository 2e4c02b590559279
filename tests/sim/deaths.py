"""Sudden ends: a till or HQ that is gone from one statement of SQL, or one call, to the next.

A till's end leaves what ``kill -9`` leaves: its files as they were when the statement began, with whatever was only
half written. They are copied at that moment, the program runs on into a wall (HQ does not hear it any more), and the
copy takes the folder's place. HQ's end is an exception that nothing in it catches, out of the statement itself.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

_LEFT_OUT = shutil.ignore_patterns("*-shm", "till.lock", "*.killed")


class KilledError(BaseException):
    """A program is gone."""


class Deaths:
    """Who dies when. Statements of a till are counted by its folder, HQ's over its whole database.

    ``at_commit``: of HQ's, only the ends of transactions are counted, which are few among many.
    """

    def __init__(self) -> None:
        self.till: Path | None = None
        self.till_in = self.hq_in = 0
        self.at_commit = False

    def plan_till(self, folder: Path, statement: int) -> None:
        self.till, self.till_in = folder, statement

    def plan_hq(self, statement: int, *, at_commit: bool = False) -> None:
        self.hq_in, self.at_commit = statement, at_commit

    def cancel(self) -> None:
        self.till, self.till_in, self.hq_in = None, 0, 0

    @contextmanager
    def nobody_dies(self) -> Iterator[None]:
        """Whatever is read within is counted as no statement of a till."""
        till, self.till = self.till, None
        try:
            yield
        finally:
            self.till = till

    def is_dead(self, folder: Path) -> bool:
        """Has this till come to its end? It may still be running; nobody hears it."""
        return left_by(folder).exists()

    def till_statement(self, folder: Path) -> None:
        if folder != self.till or self.is_dead(folder):
            return
        self.till_in -= 1
        if self.till_in == 0:
            shutil.copytree(folder, left_by(folder), ignore=_LEFT_OUT)

    def hq_statement(self, *_arguments: Any) -> None:
        if not self.at_commit:
            self.hq_commit()

    def hq_commit(self, *_arguments: Any) -> None:
        if self.hq_in:
            self.hq_in -= 1
            if self.hq_in == 0:
                raise KilledError


def left_by(folder: Path) -> Path:
    """Where a killed till's files are until it is started again."""
    return folder.with_name(f"{folder.name}.killed")


def bury(folder: Path) -> None:
    """The copy takes the folder's place."""
    if left_by(folder).exists():
        shutil.rmtree(folder)
        left_by(folder).rename(folder)


@contextmanager
def counting() -> Iterator[Deaths]:
    """Statements of all databases that are opened within the block are counted."""
    deaths, connect = Deaths(), sqlite3.connect

    def connected(database: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        con: sqlite3.Connection = connect(database, *arguments, **options)
        path = Path(str(database).removeprefix("file://").partition("?")[0])
        if path.name in {"till.db", "hub.db"} or path.name.startswith("cache-"):
            con.set_trace_callback(lambda _sql: deaths.till_statement(path.parent) if deaths.till else None)
        return con

    event.listen(Engine, "before_cursor_execute", deaths.hq_statement)
    event.listen(Engine, "commit", deaths.hq_commit)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sqlite3, "connect", connected)
            yield deaths
    finally:
        event.remove(Engine, "before_cursor_execute", deaths.hq_statement)
        event.remove(Engine, "commit", deaths.hq_commit)
