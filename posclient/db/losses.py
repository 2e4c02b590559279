"""What a pull would take away, counted before it does (protocol.md, pull: the fail-safe; field_failures.md S-11).

Rows that are over by their own words, a coupon that is used, a follow-up that is done, are no loss: HQ takes them out
by itself. They count neither among what goes nor among what stays, so that the share is of what is still needed.

A price that becomes 0 is as good as gone: it is the article that is given away. Articles are counted there, not rows,
since a new row gives away as well as a changed one; one that costs nothing already is no loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
#: What a loss is called where it is one for a person: rows that would go, articles that would cost nothing.
DELETED, FREE = "mass_delete", "zero_prices"
#: Rows that HQ has a price in now or later, as far as it is not over.
_PRICED = "price > 0 AND until_ms > :now_ms AND feed = :feed"


@dataclass(frozen=True, slots=True)
class Loss:
    """``lost`` of the ``total`` rows that a table has of this feed; ``let_in`` of them a person has decided about.

    ``code``: ``DELETED``, or ``FREE``, where articles are counted and not rows.
    """

    table: str
    lost: int
    total: int
    let_in: int = 0
    code: str = DELETED

    @property
    def is_mass(self) -> bool:
        """Is the rest so much of what stays else that it looks like an accident or an attack?"""
        lost, total = self.lost - self.let_in, self.total - self.let_in
        return lost > MOST_ROWS and lost * 100 > total * MOST_PERCENT


def of_rows(
    con: Connection, feed: str, rows: Sequence[Row], before: Counter[str], now: datetime, decided: int = 0
) -> list[Loss]:
    """What these tombstones and prices would take; ``before``: rows by table, and articles under ``FREE``, that this
    pull took already, counted on.

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
    return losses + _given_away(con, feed, rows, before, now, decided)


def of_snapshot(con: Connection, path: Path, feed: str, now: datetime) -> list[Loss]:
    """What the cache file ``path`` lacks of what is here."""
    con.execute("ATTACH ? AS built", (f"{path.absolute().as_uri()}?mode=ro",))
    try:
        missing = [
            Loss(table.name, lost, _total(con, feed, table.name, now))
            for table in TABLES.values()
            if feed.partition(":")[0] in table.feeds and (lost := _missing(con, feed, table.name, now))
        ]
        free = _given_away_there(con, feed, now)
        return [*missing, Loss("price", free, _priced(con, feed, now), code=FREE)] if free else missing
    finally:
        con.execute("DETACH built")


def of_feed(con: Connection, feed: str, now: datetime) -> list[Loss]:
    """What would go with the whole feed."""
    totals = [(table.name, _total(con, feed, table.name, now)) for table in TABLES.values()]
    return [Loss(name, total, total) for name, total in totals if total]


def _given_away(
    con: Connection, feed: str, rows: Sequence[Row], before: Counter[str], now: datetime, decided: int
) -> list[Loss]:
    """The articles that these rows would make cost nothing; what a row means is looked at when it is applied."""
    found: dict[str, int] = {}
    for row in rows:
        if row.t == "price" and row.d is not None and row.d.get("price") == 0:
            sku = row.d.get("sku")
            if isinstance(sku, str) and _is_priced(con, feed, row.k, sku, now):
                found.setdefault(sku, row.v)
    lost, let_in = len(found) + before[FREE], sum(version <= decided for version in found.values())
    loss = Loss("price", lost, _priced(con, feed, now) + before[FREE], let_in, FREE) if lost > MOST_ROWS else None
    before[FREE] += len(found) - let_in
    return [loss] if loss and found else []


def _is_priced(con: Connection, feed: str, key: str, sku: str, now: datetime) -> bool:
    """Has the article a price here, and not this very row at 0 already?"""
    sql = (
        f"SELECT 1 FROM price WHERE sku = :sku AND {_PRICED}"  # noqa: S608 - our own words
        " AND NOT EXISTS (SELECT 1 FROM price WHERE key = :key AND price = 0)"
    )
    return con.execute(sql, {"sku": sku, "key": key, **_values(feed, now)}).fetchone() is not None


def _priced(con: Connection, feed: str, now: datetime) -> int:
    """Articles that have a price here."""
    sql = f"SELECT count(DISTINCT sku) FROM price WHERE {_PRICED}"  # noqa: S608 - our own words
    return int(con.execute(sql, _values(feed, now)).fetchone()[0])


def _given_away_there(con: Connection, feed: str, now: datetime) -> int:
    """Articles that have a price here and cost nothing by the built file; a zone's may be of another zone there."""
    sql = (
        "SELECT count(DISTINCT sku) FROM built.price AS new WHERE price = 0 AND until_ms > :now_ms"  # noqa: S608 - ours
        " AND NOT EXISTS (SELECT 1 FROM main.price AS old WHERE old.key = new.key AND old.price = 0)"
        f" AND EXISTS (SELECT 1 FROM main.price AS old WHERE old.sku = new.sku AND {_PRICED})"
    )
    return int(con.execute(sql, _values(feed, now)).fetchone()[0])


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
