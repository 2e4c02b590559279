"""Own facts that HQ's page does not include yet (protocol.md, pull): the feed's value plus their effect is shown."""

from __future__ import annotations

from posclient.db.connection import Connection


def first_missing(till: Connection, applied_seq: int) -> int:
    """Effects of facts from this ``number`` on are not in a feed whose page included ``applied_seq``.

    Of an earlier incarnation whatever HQ has acknowledged counts as included.
    """
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
