"""Own facts that HQ's page does not include yet (protocol.md, pull): the feed's value plus their effect is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass

from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.db.row_values import json_text


@dataclass(frozen=True, slots=True)
class Missing:
    """Facts by their number: all from ``first`` on, and those that HQ keeps ``aside``, unread or not applied.

    A page passes over the latter in ``applied_seq``: only when HQ has applied them after all is their effect in it.
    """

    first: int
    aside: tuple[int, ...] = ()

    def includes(self, number: int) -> bool:
        """Is the effect of this fact not in the page?"""
        return number >= self.first or number in self.aside

    @property
    def sql(self) -> str:
        """A condition on the column ``fact``, for ``values``; mostly the plain one, which an index answers."""
        return "(fact >= ? OR fact IN (SELECT value FROM json_each(?)))" if self.aside else "fact >= ?"

    @property
    def values(self) -> tuple[int | str, ...]:
        return (self.first, json_text(self.aside)) if self.aside else (self.first,)


def missing(cache: LiveCache, till: Connection, applied_seq: int) -> Missing:
    """What a feed lacks whose page included ``applied_seq``.

    Of an earlier incarnation whatever HQ has acknowledged counts as included.
    """
    return Missing(_first(till, applied_seq), _aside(cache, till))


def _first(till: Connection, applied_seq: int) -> int:
    row = till.execute(
        "SELECT number + 1 FROM fact JOIN terminal USING (incarnation) WHERE seq = ?", (applied_seq,)
    ).fetchone()
    if row:
        return int(row[0])
    row = till.execute(
        "SELECT min((SELECT coalesce(min(number), 1 << 62) FROM fact JOIN terminal USING (incarnation) WHERE seq > ?),"
        " (SELECT coalesce(min(number), 1 << 62) FROM outbox WHERE acked_ms IS NULL))",
        (applied_seq,),
    ).fetchone()
    return int(row[0])


def _aside(cache: LiveCache, till: Connection) -> tuple[int, ...]:
    """By HQ's word in the terminal's feed, which it takes back when it has applied the fact."""
    found = cache.con.execute("""SELECT key, detail FROM fact_outcome WHERE detail LIKE '%"aside"%'""")
    told = [key for key, detail in found if json.loads(detail).get("aside") is True]
    if not told:
        return ()
    sql = "SELECT number FROM fact WHERE id IN (SELECT value FROM json_each(?)) ORDER BY number"
    return tuple(number for (number,) in till.execute(sql, (json_text(told),)))
