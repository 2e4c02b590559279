"""What tills say of themselves (``Posclient-Health``): the latest in memory, and in the database what is worth a write.

A till says it every minute. Thousands of them must not cost HQ a write each time, so a report is stored when something
in it has changed for whoever reads it, or after ``STORE_MS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from posclient.domain.ids import Clock
from posclient.errors import DataError
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.feeds import canonical
from sync.hq.tables import TillHealth
from sync.vitals import MOST_HEALTH, Health

#: A report that says nothing new is stored this often (ms).
STORE_MS = 10 * 60_000
#: Columns that may differ without being news by themselves.
_DRIFTING = ("at_ms", "unsent", "oldest_unsent_ms", "offset_ms", "unprinted", "seen")
#: Steps of a clock's offset that are news (ms).
_OFFSET_STEP_MS = 30_000


class Healths:
    """Of this process; safe to use from many threads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._latest: dict[str, TillHealth] = {}
        self._stored: dict[str, TillHealth] = {}

    def note(self, terminal: str, text: str) -> None:
        """A till that has proved who it is says ``text``; what cannot be read is no report, and no fault either."""
        health = _read(text)
        if health is None:
            return
        row = _row(terminal, health, milliseconds(self._clock))
        self._latest[terminal] = row
        if self._is_news(row) and self._store(row):
            self._stored[terminal] = row

    def _store(self, row: TillHealth) -> bool:
        """False where nothing can be written now: the till says it again in a minute, and is not refused for it."""
        try:
            with suppress(IntegrityError), self._database.write() as session:  # two lines of one till at once
                session.merge(row)
        except DataError:
            return False
        return True

    def all(self, session: Session) -> Mapping[str, TillHealth]:
        """The latest report of each till that ever made one, to this process or to another one."""
        found = {row.terminal: row for row in session.exec(select(TillHealth))}
        newer = {name: row for name, row in dict(self._latest).items() if not _is_older(row, found.get(name))}
        return found | newer

    def _is_news(self, row: TillHealth) -> bool:
        """The first report after HQ's start is."""
        before = self._stored.get(row.terminal)
        return before is None or row.at_ms - before.at_ms >= STORE_MS or _told(row) != _told(before)


def _is_older(row: TillHealth, stored: TillHealth | None) -> bool:
    return stored is not None and row.at_ms < stored.at_ms


def _read(text: str) -> Health | None:
    if not text or len(text) > MOST_HEALTH or "\\u0000" in text:
        return None
    try:
        return Health.model_validate_json(text)
    except ValidationError:
        return None


def _row(terminal: str, health: Health, now_ms: int) -> TillHealth:
    age_s = health.oldest_unsent_s
    values = health.model_dump(exclude={"held", "oldest_unsent_s"})
    return TillHealth(
        terminal=terminal, at_ms=now_ms, held=canonical(health.held),
        oldest_unsent_ms=None if age_s is None else max(0, now_ms - age_s * 1000), **values,
    )  # fmt: skip


def _told(row: TillHealth) -> dict[str, Any]:
    """What a person would be told by it."""
    plain = row.model_dump(exclude=set(_DRIFTING))
    steps = None if row.offset_ms is None else round(row.offset_ms / _OFFSET_STEP_MS)
    return plain | {"waits": row.unsent > 0, "offset": steps, "unprinted": row.unprinted > 0}
