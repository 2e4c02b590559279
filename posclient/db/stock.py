"""Last known stock: HQ's figure plus moves that it does not include yet (protocol.md, stock and valet orders).

Our own are known to the piece. Those of the store's other tills are the hub's word while HQ is away: an estimate.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from posclient.db.connection import Connection, transaction
from posclient.db.live_cache import LiveCache
from posclient.db.own_effects import Missing, missing
from posclient.domain.catalog import StockLevel

_QTY = (
    "SELECT qty, (SELECT applied_seq FROM feed_cursor WHERE feed_cursor.feed = stock.feed),"
    " coalesce((SELECT store_move.qty FROM store_move WHERE sku = ?1), 0) FROM stock WHERE key = ?1"
)
#: Of what HQ does not count (a carrier bag): its page includes our sales there too, or they would add up for ever.
_UNTOLD = "SELECT '{}', max(applied_seq), 0 FROM feed_cursor WHERE feed LIKE 'zone:%'"


def levels(cache: LiveCache, till: Connection, skus: Iterable[str], store: str) -> dict[str, StockLevel]:
    """Pieces of each SKU in ``store``, which is ours, and elsewhere; all zero where HQ said nothing."""
    con, lacks, found = cache.con, dict[int, Missing](), {}
    untold = con.execute(_UNTOLD).fetchone()
    told = {sku: con.execute(_QTY, (sku,)).fetchone() or untold for sku in skus}
    for sku, (text, applied_seq, others) in told.items():  # from here on it may have turned to the next cache
        pieces: dict[str, int] = json.loads(text)
        if applied_seq not in lacks:
            lacks[applied_seq] = missing(cache, till, applied_seq or 0)
        here = pieces.pop(store, 0) + others + _moved(till, sku, lacks[applied_seq])
        found[sku] = StockLevel(sku, here, pieces)
    return found


def checked_ms(cache: LiveCache) -> int | None:
    """When (Unix ms) HQ last told us its stock; None before the first load."""
    row = cache.con.execute("SELECT max(checked_ms) FROM feed_cursor WHERE feed LIKE 'zone:%'").fetchone()
    return int(row[0]) if row[0] is not None else None


def unsent(till: Connection) -> dict[str, int]:
    """Pieces by SKU that this till has moved and HQ has not acknowledged."""
    sql = "SELECT sku, sum(qty) FROM stock_move JOIN outbox ON number = fact WHERE acked_ms IS NULL GROUP BY sku"
    return dict(till.execute(sql).fetchall())


def note_others(cache: LiveCache, moves: Mapping[str, int]) -> None:
    """What the store's other tills have moved, instead of what was said before."""
    if moves or cache.con.execute("SELECT 1 FROM store_move LIMIT 1").fetchone() is not None:
        with transaction(cache.con) as con:
            con.execute("DELETE FROM store_move")
            con.executemany("INSERT INTO store_move VALUES (?, ?)", moves.items())


def _moved(till: Connection, sku: str, lacks: Missing) -> int:
    sql = f"SELECT coalesce(sum(qty), 0) FROM stock_move WHERE sku = ? AND {lacks.sql}"  # noqa: S608 - our own words
    row = till.execute(sql, (sku, *lacks.values)).fetchone()
    return int(row[0])
