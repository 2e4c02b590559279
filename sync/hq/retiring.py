"""Rows that have been over for a while leave the feeds, so that no till carries and loads them for ever (``hq.over``).

A row does not say when it was ended. So each feed has a mark: how far its head was at a moment. When the mark is old
enough, rows up to it have been as they are for so long, and those of them that are over go; then it gets a new mark.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import func
from sqlmodel import Session, col, select

from posclient.domain.ids import Clock
from sync.hq.bulk import parts
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.feeds import Place, lock_feed, take_away
from sync.hq.over import OUTCOME, is_closed, is_past, over_before
from sync.hq.tables import Feed, FeedRow, RowMark, TillHealth

#: Tables whose rows end, by the kind of feed that has them.
TABLES = {"global": ("promotion",), "store": ("coupon", "care_task", "allowance"), "terminal": (OUTCOME,)}
#: Of a table of a feed so many rows go in a day, or a fiftieth of it: a till asks a person about more than 200 and a
#: fifth (protocol.md, pull), and may have been away for some days.
MOST_A_DAY, SHARE = 50, 50
#: Rows of one transaction: tills whose facts change the same feed wait for it.
MOST_AT_ONCE = 200
#: A day's rows once a day, whichever processes have their rounds then.
_APART_MS = 20 * 3_600_000
#: Rows that are in memory at once.
_PART = 500

_ROWS = select(FeedRow.key, FeedRow.version, FeedRow.data).order_by(col(FeedRow.key))
_ROWS = _ROWS.execution_options(yield_per=_PART)
_COUNT = select(func.count()).select_from(FeedRow)
_MARKS = select(Feed.name, RowMark).outerjoin(RowMark, col(RowMark.feed) == col(Feed.name)).order_by(Feed.name)


def retire(database: Database, clock: Clock, pause: Callable[[], bool]) -> int:
    """One round; how many rows it took out. ``pause`` lets others write; True: it is enough for now."""
    now_ms = milliseconds(clock)
    with database.read() as session:
        before_ms = over_before(session, now_ms)
        if before_ms is None:
            return 0
        feeds = _due(session, now_ms, before_ms)
    gone = 0
    for feed in feeds:
        for count in _Look(database, feed, now_ms, before_ms).bites():
            gone += count
            if pause():
                return gone
    return gone


def _due(session: Session, now_ms: int, before_ms: int) -> list[str]:
    """Feeds that have no mark yet, or one that is old enough."""
    marks = session.execute(_MARKS)
    return [name for name, mark in marks if _kind(name) in TABLES and _is_due(mark, now_ms, before_ms)]


def _is_due(mark: RowMark | None, now_ms: int, before_ms: int) -> bool:
    """A mark of the future is one of a clock that ran ahead, and counts as none."""
    if mark is None or mark.at_ms > now_ms:
        return True
    return mark.at_ms <= before_ms and abs(now_ms - mark.looked_ms) >= _APART_MS


@dataclass(frozen=True, slots=True)
class _Look:
    """At one feed, for this day. Rows over since ``before_ms`` go."""

    database: Database
    feed: str
    now_ms: int
    before_ms: int

    def bites(self) -> Iterator[int]:
        """Take out what is to go today, bite by bite, each a transaction of its own; how many rows."""
        with self.database.read() as session:
            mark = session.get(RowMark, self.feed)
            old = mark if mark is not None and mark.at_ms <= self.before_ms else None
            rows, whole = self._over(session, old) if old is not None else ({}, True)
        bites = list(parts(rows.items(), MOST_AT_ONCE))
        for n, bite in enumerate(bites or [[]]):
            with self.database.write(patient=True) as session:
                if n == 0 and not self._claim(session, whole):
                    return
                gone = take_away(session, self.feed, dict(bite)) if bite else 0
            yield gone

    def _claim(self, session: Session, whole: bool) -> bool:
        """Is this day still ours? ``whole``: nothing is left behind for tomorrow, so the feed gets a new mark."""
        head, _, _ = lock_feed(session, self.feed)
        mark = session.get(RowMark, self.feed)
        if not _is_due(mark, self.now_ms, self.before_ms):
            return False
        mark = mark or RowMark(feed=self.feed, version=head, at_ms=self.now_ms, looked_ms=0)
        mark.looked_ms = self.now_ms
        if whole:
            mark.version, mark.at_ms = head, self.now_ms
        session.add(mark)
        session.flush()
        return True

    def _over(self, session: Session, mark: RowMark) -> tuple[dict[Place, int], bool]:
        """Places and versions of what is to go today, and whether that is all."""
        rows: dict[Place, int] = {}
        whole = True
        for table in TABLES[_kind(self.feed)]:
            here = FeedRow.feed == self.feed, FeedRow.table_name == table, col(FeedRow.data).is_not(None)
            most = max(MOST_A_DAY, session.exec(_COUNT.where(*here)).one() // SHARE)
            upto = min(mark.version, self._seen(session)) if table == OUTCOME else mark.version
            with session.exec(_ROWS.where(*here)) as found:
                over = (
                    (key, version)
                    for key, version, data in found
                    if data and self._is_over(table, data, version <= upto)
                )
                some = list(islice(over, most + 1))
            rows.update({(table, key): version for key, version in some[:most]})
            whole = whole and len(some) <= most
        return rows, whole

    def _is_over(self, table: str, data: str, old: bool) -> bool:
        values = json.loads(data)
        return is_past(table, values, self.before_ms) or (old and is_closed(table, values))

    def _seen(self, session: Session) -> int:
        """How far the till says that its manager has seen the outcomes in this feed of its own."""
        health = session.get(TillHealth, self.feed.partition(":")[2])
        epoch, _, version = health.seen.rpartition("/") if health is not None else ("", "", "")
        return int(version) if version.isascii() and version.isdigit() and epoch == self._epoch(session) else 0

    def _epoch(self, session: Session) -> str:
        return str(session.get_one(Feed, self.feed).epoch)


def _kind(feed: str) -> str:
    return feed.partition(":")[0]
