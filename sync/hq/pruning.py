"""Tombstones that are old enough go (protocol.md, pull); a till that was away for longer takes a snapshot instead.

A tombstone does not say when it was made: no writer has to, and no row grows by it. Each round notes how far the
tombstones of a feed reach, and what such a mark covers is at least as old as the mark.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from sqlalchemy import bindparam, delete, func, select
from sqlmodel import Session, col

from posclient.domain.ids import Clock
from posclient.errors import DataError
from sync.hq.bulk import insert_rows
from sync.hq.chain_settings import chain_setting
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.feeds import drop_tombstones
from sync.hq.metrics import Metrics
from sync.hq.retiring import retire
from sync.hq.tables import IS_TOMBSTONE, FeedRow, TombstoneMark
from sync.hq.taking_up import take_up
from sync.hq.visiting import show_out

log = logging.getLogger(__name__)

#: How long a tombstone stays, in days: the chain's setting of that name, and what holds without one. 0: for ever.
SETTING, DAYS = "tombstone_days", 180
#: Marks of a feed in that time, so that a tombstone stays for a week more at most.
MARKS = 26
#: Tombstones of one transaction, so that no writer waits for long, and seconds that writers get between two.
MOST_AT_ONCE, PAUSE_S = 1000, 0.1
#: Seconds from the start of a process to its first round, and from one to the next.
FIRST_S, EVERY_S = 600.0, 86_400.0
_DAY_MS = 86_400_000

#: One round of a kind of work; how much it did.
Work = Callable[[Database, Clock, Callable[[], bool]], int]

_REACH = select(col(FeedRow.feed), func.max(FeedRow.version)).where(IS_TOMBSTONE).group_by(col(FeedRow.feed))
_MARKED = select(col(TombstoneMark.feed), func.max(TombstoneMark.version), func.max(TombstoneMark.at_ms))
_MARKED = _MARKED.where(col(TombstoneMark.at_ms) <= bindparam("now_ms")).group_by(col(TombstoneMark.feed))
_DONE = delete(TombstoneMark).where(
    col(TombstoneMark.feed) == bindparam("of"), col(TombstoneMark.version) <= bindparam("upto")
)


def prune(database: Database, clock: Clock, pause: Callable[[], bool]) -> int:
    """One round; how many tombstones it dropped. ``pause`` lets others write; True: it is enough for now."""
    now_ms = milliseconds(clock)
    with database.read() as session:
        life_ms = chain_setting(session, "", SETTING, DAYS) * _DAY_MS
        marks = _new_marks(session, now_ms, life_ms // MARKS)
        due = _due(session, now_ms - life_ms)
    if life_ms <= 0:
        return 0
    with database.write(patient=True) as session:
        # a clock that ran ahead
        session.execute(delete(TombstoneMark).where(col(TombstoneMark.at_ms) > now_ms))
        insert_rows(session, TombstoneMark, marks)
    return _drop(database, due, pause)


def _drop(database: Database, due: Mapping[str, int], pause: Callable[[], bool]) -> int:
    """In bites, each a transaction of its own. A round that ends before all are gone leaves its marks to the next."""
    dropped = 0
    for feed, upto in due.items():
        count = MOST_AT_ONCE
        while count == MOST_AT_ONCE:
            with database.write(patient=True) as session:
                count = drop_tombstones(session, feed, upto, MOST_AT_ONCE)
            dropped += count
            if pause():
                return dropped
    if due:
        with database.write(patient=True) as session:
            session.connection().execute(_DONE, [{"of": feed, "upto": upto} for feed, upto in due.items()])
    return dropped


def _new_marks(session: Session, now_ms: int, apart_ms: int) -> list[dict[str, object]]:
    """Of the feeds that have younger tombstones than their last mark, where that was long enough ago."""
    marked = {feed: (version, at_ms) for feed, version, at_ms in session.execute(_MARKED, {"now_ms": now_ms})}
    never = (0, now_ms - apart_ms)
    return [
        {"feed": feed, "version": reach, "at_ms": now_ms}
        for feed, reach in session.execute(_REACH)
        for version, at_ms in [marked.get(feed, never)]
        if reach > version and now_ms - at_ms >= apart_ms
    ]


def _due(session: Session, before_ms: int) -> Mapping[str, int]:
    """Up to which version the tombstones of each feed are that old."""
    due = select(col(TombstoneMark.feed), func.max(TombstoneMark.version)).where(col(TombstoneMark.at_ms) <= before_ms)
    return {row[0]: row[1] for row in session.execute(due.group_by(col(TombstoneMark.feed)))}


class Pruner:
    """The daily rounds of one process, on a thread of their own; those of ``retiring`` and ``visiting`` too, which make
    tombstones, and of ``taking_up``.

    Several processes on one database do no harm.
    """

    def __init__(self, database: Database, clock: Clock, metrics: Metrics) -> None:
        self._database, self._clock, self._metrics = database, clock, metrics
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="pruning")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No more of it; what is done is done, and the next process goes on from there."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        wait_s = FIRST_S
        while not self._ended.wait(wait_s):
            self._round()
            wait_s = EVERY_S

    def _round(self) -> None:
        self._try(take_up, self._metrics.taken_up, "took %d facts up that an older program had put aside")
        self._try(prune, self._metrics.pruned, "pruned %d tombstones")
        self._try(retire, self._metrics.retired, "retired %d rows")
        self._try(show_out, self._metrics.shown_out, "showed out %d guests")

    def _try(self, work: Work, count: Callable[[int], None], said: str) -> None:
        """One of them: what ails it is nothing to the others."""
        try:
            done = work(self._database, self._clock, self._pause)
        except DataError as error:  # the database is away: tomorrow
            log.warning("pruning: %s", error)
        except Exception:  # the outermost loop of a thread: HQ goes on without
            log.exception("bug")
        else:
            count(done)
            log.info(said, done)

    def _pause(self) -> bool:
        """Writers get some time; True: the process ends."""
        return self._ended.wait(PAUSE_S)
