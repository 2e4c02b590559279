"""What a pull would take away, counted before it does (protocol.md, pull: the fail-safe; field_failures.md S-11).

Rows that are over by their own words, a coupon that is used, a follow-up that is done, are no loss: HQ takes them out
by itself. They count neither among what goes nor among what stays, so that the share is of what is still needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from posclient.db.cache_tables import TABLES
from posclient.db.connection import Connection
from posclient.db.inbox import Row
from posclient.db.instants import to_ms

#: A pull that takes more rows of a table than this, and more than this share of them, is for a person to decide.
MOST_ROWS = 200
MOST_PERCENT = 20


@dataclass(frozen=True, slots=True)
class Loss:
    """``lost`` of the ``total`` rows that a table has of this feed; ``let_in`` of them a person has decided about."""

    table: str
    lost: int
    total: int
    let_in: int = 0

    @property
    def is_mass(self) -> bool:
        """Is the rest so much of what stays else that it looks like an accident or an attack?"""
        lost, total = self.lost - self.let_in, self.total - self.let_in
        return lost > MOST_ROWS and lost * 100 > total * MOST_PERCENT


def of_rows(
    con: Connection, feed: str, rows: Iterable[Row], before: Counter[str], now: datetime, decided: int = 0
) -> list[Loss]:
    """What these tombstones would take; ``before``: rows by table that this pull took already, counted on.

    Those up to version ``decided`` are let in.
    """
    lost: Counter[str] = Counter()
    let_in: Counter[str] = Counter()
    for row in rows:
        if row.d is None and row.t in TABLES and _is_here(con, feed, row.t, row.k, now):
            lost[row.t] += 1
            let_in[row.t] += row.v <= decided
    losses = [
        Loss(table, lost[table] + before[table], _total(con, feed, table, now) + before[table], let_in[table])
        for table in lost
    ]
    before.update(lost - let_in)
    return losses


def of_snapshot(con: Connection, path: Path, feed: str, now: datetime) -> list[Loss]:
    """What the cache file ``path`` lacks of what is here."""
    con.execute("ATTACH ? AS built", (f"{path.absolute().as_uri()}?mode=ro",))
    try:
        return [
            Loss(table.name, lost, _total(con, feed, table.name, now))
            for table in TABLES.values()
            if feed.partition(":")[0] in table.feeds and (lost := _missing(con, feed, table.name, now))
        ]
    finally:
        con.execute("DETACH built")


def of_feed(con: Connection, feed: str, now: datetime) -> list[Loss]:
    """What would go with the whole feed."""
    totals = [(table.name, _total(con, feed, table.name, now)) for table in TABLES.values()]
    return [Loss(name, total, total) for name, total in totals if total]


def _is_here(con: Connection, feed: str, table: str, key: str, now: datetime) -> bool:
    sql = f"SELECT 1 FROM {table} WHERE key = :key AND {_counts(table)}"  # noqa: S608 - a table of ours
    return con.execute(sql, {"key": key, **_values(feed, now)}).fetchone() is not None


def _total(con: Connection, feed: str, table: str, now: datetime) -> int:
    sql = f"SELECT count(*) FROM {table} WHERE {_counts(table)}"  # noqa: S608 - a table of ours
    return int(con.execute(sql, _values(feed, now)).fetchone()[0])


def _missing(con: Connection, feed: str, table: str, now: datetime) -> int:
    sql = (
        f"SELECT count(*) FROM main.{table} AS old WHERE {_counts(table)}"  # noqa: S608 - a table of ours
        f" AND NOT EXISTS (SELECT 1 FROM built.{table} AS new WHERE new.key = old.key)"
    )
    return int(con.execute(sql, _values(feed, now)).fetchone()[0])


def _counts(table: str) -> str:
    """A condition on a row of the feed that is not over."""
    return f"feed = :feed AND NOT ({TABLES[table].over})"


def _values(feed: str, now: datetime) -> dict[str, str | int]:
    return {"feed": feed, "now_ms": to_ms(now)}
