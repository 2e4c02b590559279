"""Sixteen writers of one feed, with aborts and connections that are killed, and readers that page through it all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from random import Random

import psycopg
from sqlalchemy import func, select
from sqlmodel import Session, col

from posclient.errors import DataError
from sync.hq.database import Database
from sync.hq.feeds import Change, heads_of, publish, read_page
from sync.hq.pages import Answer, _read
from sync.hq.tables import Feed, FeedRow

WRITERS, READERS = 16, 3
FEED = "global"
#: Rows after a cursor: (version, key) of each, and the new cursor.
ReadPage = Callable[[Session, int, int], tuple[list[tuple[int, str]], int]]


class DifferError(AssertionError):
    """A reader has missed or doubled rows, or a commit is gone."""


def product_page(session: Session, after: int, limit: int) -> tuple[list[tuple[int, str]], int]:
    """A page as HQ sends it: to a herd of tills, or signed for a store's hub."""
    if after % 2:
        page = read_page(session, FEED, after, limit, 0, "")
    else:
        head = heads_of(session, [FEED])[FEED]
        page = Answer("", _read(session, head, after, limit), 0, "").page()
    return [(row.v, row.k) for row in page.rows], page.to


class Race:
    """``rows``: how many are to be committed at least. ``killer`` is a URL to kill connections by; None: none is."""

    def __init__(
        self, database: Database, rows: int, seed: int, killer: str | None, read: ReadPage = product_page
    ) -> None:
        self.database, self.rows, self.seed, self.killer, self.read = database, rows, seed, killer, read
        self.committed: set[str] = set()
        self.doubtful = self.aborted = self.kills = self.reader_kills = 0
        self._lock, self._done = threading.Lock(), threading.Event()
        self._most = max(5, min(200, rows // 50))
        self.seen: list[list[tuple[int, str]]] = [[] for _ in range(READERS)]
        self._began = time.monotonic()

    def run(self) -> str:
        """All of it; what happened, in words. ``DifferError``."""
        with self.database.write() as session:
            publish(session, [_change("first")])
        writers = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]
        others = [threading.Thread(target=self._follow, args=(number,)) for number in range(READERS)]
        if self.killer:
            others.append(threading.Thread(target=self._kill, args=(self.killer,)))
        for thread in [*writers, *others]:
            thread.start()
        for thread in writers:
            thread.join()
        self._done.set()
        for thread in others:
            thread.join()
        return self._compared()

    def _write(self, writer: int) -> None:
        chance, batch = Random(self.seed * 1000 + writer), 0
        while len(self.committed) < self.rows:
            batch += 1
            keys = [f"{writer}-{batch}-{row}" for row in range(chance.randint(1, self._most))]
            try:
                with self.database.write() as session:
                    publish(session, [_change(key) for key in keys])
                    if chance.random() < 0.1:
                        raise KeyError
            except KeyError:
                self.aborted += 1
            except DataError:
                self.doubtful += 1  # killed: at COMMIT nobody can say whether it is there
            else:
                with self._lock:
                    self.committed.update(keys)

    def _follow(self, reader: int) -> None:
        """Page after page, each in a transaction of its own, as a till would ask."""
        chance, after, seen = Random(self.seed - reader), 0, self.seen[reader]
        while True:
            finished = self._done.is_set()
            try:
                with self.database.read() as session:
                    rows, to = self.read(session, after, chance.choice([1, 7, 100, 500]))
            except DataError:
                self.reader_kills += 1
                continue
            seen += rows
            if finished and to == after:
                return
            after = to

    def _kill(self, url: str) -> None:
        chance = Random(self.seed)
        with psycopg.connect(url, autocommit=True) as con:
            while not self._done.wait(chance.uniform(0.02, 0.2)) and self.kills < self.rows // 50:
                sql = (
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND state <> 'idle' ORDER BY pid"
                )
                if found := con.execute(sql).fetchall():
                    con.execute("SELECT pg_terminate_backend(%s)", chance.choice(found))
                    self.kills += 1

    def _compared(self) -> str:
        with self.database.read() as session:
            stored = {
                (version, key)
                for version, key in session.execute(
                    select(col(FeedRow.version), col(FeedRow.key)).where(col(FeedRow.feed) == FEED)
                )
            }
            head = session.get_one(Feed, FEED)
            counted = session.scalar(select(func.count()).select_from(FeedRow).where(col(FeedRow.feed) == FEED))
        if lost := self.committed - {key for _, key in stored}:
            raise DifferError(f"{len(lost)} rows were committed and are gone")
        missed = doubled = 0
        for seen in self.seen:
            missed += len(stored - set(seen))
            doubled += len(seen) - len(set(seen))
        if missed or doubled:
            raise DifferError(f"of {len(stored)} rows {READERS} readers missed {missed} and doubled {doubled}")
        if (head.count, head.head) != (counted, counted) or {v for v, _ in stored} != set(range(1, head.head + 1)):
            raise DifferError(f"versions are not dense: {counted} rows, head {head.head}")
        took = time.monotonic() - self._began
        return (
            f"{len(stored)} rows by {WRITERS} writers in {took:.0f} s, {len(stored) / took:.0f} a second:"
            f" {self.aborted} aborts, {self.kills} killed connections ({self.doubtful} of writers,"
            f" {self.reader_kills} of readers);"
            f" {READERS} readers missed 0 and doubled 0"
        )


def _change(key: str) -> Change:
    return Change(FEED, "tier", key, {"id": key, "name": "tier", "rank": 1})
