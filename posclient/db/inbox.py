"""What comes from HQ: pages of feeds, each applied whole with its cursor, or not at all (protocol.md, pull)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from posclient.db.at_rest import OwnKey
from posclient.db.cache_rows import put, remove, table_of, version_of
from posclient.db.cache_tables import TABLES
from posclient.db.connection import Connection, transaction
from posclient.db.instants import to_ms
from posclient.db.live_cache import LiveCache
from posclient.domain.feeds import CHECKSUM_MODULUS, row_checksum, signed, unsigned
from posclient.errors import DataError


class Row(Protocol):
    """``sync.protocol.Row``: table, key, version, values (None: a tombstone)."""

    @property
    def t(self) -> str: ...
    @property
    def k(self) -> str: ...
    @property
    def v(self) -> int: ...
    @property
    def d(self) -> Mapping[str, Any] | None: ...


class Page(Protocol):
    """``sync.protocol.Page``: rows with from < version <= to."""

    @property
    def feed(self) -> str: ...
    @property
    def epoch(self) -> str: ...
    @property
    def from_(self) -> int: ...
    @property
    def to(self) -> int: ...
    @property
    def head(self) -> int: ...
    @property
    def count(self) -> int: ...
    @property
    def checksum(self) -> int: ...
    @property
    def applied_seq(self) -> int: ...
    @property
    def rows(self) -> Sequence[Row]: ...


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place in one feed. ``count`` and ``checksum`` are of the rows that are here; ``head`` is HQ's, last heard."""

    feed: str
    epoch: str
    version: int
    applied_seq: int
    checked_ms: int
    head: int
    count: int
    checksum: int

    @property
    def at_head(self) -> bool:
        """Is there nothing more to pull, as far as is known?"""
        return self.version == self.head


@dataclass(frozen=True, slots=True)
class Applied:
    """The cursor after a page. ``agrees``: at the head, count and checksum are HQ's; if not, load the feed anew."""

    cursor: Cursor
    agrees: bool


def cursors(cache: LiveCache) -> dict[str, Cursor]:
    """The place in every feed that has been begun."""
    return {cursor.feed: cursor for cursor in _read(cache.con)}


def apply_page(cache: LiveCache, page: Page, now: datetime) -> Applied:
    """Apply a page and move the cursor, in one transaction of a writable cache.

    Errors, ``DataError``, after which nothing has changed: ``feed_gap`` (``expected``, ``found``), ``epoch_changed``,
    ``bad_row`` (table, key, why), ``no_own_key`` (personal data, and no key to seal them with).
    """
    with transaction(cache.con) as con:
        cursor = _cursor_for(con, page)
        cursor = _apply_rows(con, cursor, page, cache.own)
        # rows of a fact may be in the pages behind this one; its effect must not be taken for included before them
        seq = page.applied_seq if page.to == page.head else cursor.applied_seq
        cursor = replace(cursor, version=page.to, head=page.head, applied_seq=seq, checked_ms=to_ms(now))
        write_cursor(con, cursor)
    agrees = not cursor.at_head or (cursor.count, cursor.checksum) == (page.count, page.checksum)
    return Applied(cursor, agrees)


def forget_feeds(cache: LiveCache, followed: Collection[str]) -> list[str]:
    """Drop the rows and cursors of feeds that this till follows no more; their names."""
    dropped = [feed for feed in cursors(cache) if feed not in followed]
    if dropped:
        with transaction(cache.con) as con:
            for feed in dropped:
                _forget_feed(con, feed)
    return dropped


def forget_applied(cache: LiveCache) -> None:
    """Another chain begins: of that no page includes anything."""
    with transaction(cache.con) as con:
        con.execute("UPDATE feed_cursor SET applied_seq = 0")


def forget_rows(cache: LiveCache, feed: str, name: str) -> None:
    """Drop the feed's rows of table ``name`` alone. The feed is read from its start again, all else of it stays
    meanwhile.
    """
    cursor, table = cursors(cache).get(feed), TABLES[name]
    if cursor is None:
        return
    with transaction(cache.con) as con:
        rows = con.execute(f"SELECT key, version FROM {name} WHERE feed = ?", (feed,)).fetchall()  # noqa: S608 - our own
        for key, _ in rows:
            remove(con, table, key)
        left = cursor.checksum - sum(row_checksum(name, key, version) for key, version in rows)
        count = cursor.count - len(rows)
        write_cursor(con, replace(cursor, version=0, count=count, checksum=left % CHECKSUM_MODULUS))


def write_cursor(con: Connection, cursor: Cursor) -> None:
    """Keep the place, in the caller's transaction."""
    con.execute(
        "INSERT OR REPLACE INTO feed_cursor (feed, epoch, version, applied_seq, checked_ms, head, rows, checksum)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (cursor.feed, cursor.epoch, cursor.version, cursor.applied_seq, cursor.checked_ms, cursor.head, cursor.count,
         signed(cursor.checksum)),
    )  # fmt: skip


def _read(con: Connection) -> list[Cursor]:
    rows = con.execute(
        "SELECT feed, epoch, version, applied_seq, checked_ms, head, rows, checksum FROM feed_cursor ORDER BY feed"
    ).fetchall()
    return [Cursor(*(*row[:7], unsigned(row[7]))) for row in rows]


def _cursor_for(con: Connection, page: Page) -> Cursor:
    """The place that the page must continue."""
    new = Cursor(page.feed, page.epoch, 0, 0, 0, 0, 0, 0)
    cursor = next((one for one in _read(con) if one.feed == page.feed), new)
    if cursor.epoch != page.epoch:
        raise DataError("epoch_changed", feed=page.feed)
    if page.from_ != cursor.version:
        raise DataError("feed_gap", feed=page.feed, expected=cursor.version, found=page.from_)
    if not page.from_ <= page.to <= page.head:
        raise DataError("feed_gap", feed=page.feed, expected=page.from_, found=page.to)
    return cursor


def _apply_rows(con: Connection, cursor: Cursor, page: Page, own: OwnKey) -> Cursor:
    count, checksum, last = cursor.count, cursor.checksum, page.from_
    for row in page.rows:
        table = table_of(page.feed, row.t)
        if not last < row.v <= page.to:
            raise table.bad_row(row.k, f"version {row.v} is out of order")
        last = row.v
        old = version_of(con, table, row.k, page.feed)
        if old is not None:
            count, checksum = count - 1, checksum - row_checksum(row.t, row.k, old)
        if row.d is not None:
            put(con, table, page.feed, row.k, row.v, row.d, own)
            count, checksum = count + 1, checksum + row_checksum(row.t, row.k, row.v)
        elif old is not None:
            remove(con, table, row.k)
    return replace(cursor, count=count, checksum=checksum % CHECKSUM_MODULUS)


def _forget_feed(con: Connection, feed: str) -> None:
    for table in TABLES.values():
        if feed.partition(":")[0] in table.feeds:
            for (key,) in con.execute(f"SELECT key FROM {table.name} WHERE feed = ?", (feed,)).fetchall():  # noqa: S608
                remove(con, table, key)
    con.execute("DELETE FROM feed_cursor WHERE feed = ?", (feed,))
