"""What HQ tells a till to forget: the till's own copies of personal data beside its facts (protocol.md, identity)."""

from __future__ import annotations

from posclient.db.connection import Connection, transaction
from posclient.db.live_cache import LiveCache
from posclient.db.row_values import json_text

_HERE = (
    "SELECT number FROM fact WHERE id IN (SELECT value FROM json_each(?)) AND (number IN (SELECT fact FROM side_record)"
    " OR number IN (SELECT fact FROM local_member))"
)


def follow(con: Connection, cache: LiveCache) -> int:
    """Drop the side records that HQ has erased, and members made by those facts; of how many facts.

    The facts stay, and the chain with them: they hold nothing but the hash of what is gone.
    """
    wanted = [fact for (fact,) in cache.con.execute("SELECT key FROM erasure").fetchall()]
    if not wanted:
        return 0
    numbers = [(number,) for (number,) in con.execute(_HERE, (json_text(wanted),)).fetchall()]
    if numbers:
        con.execute("PRAGMA secure_delete = ON").fetchall()  # zeros, not pages that are free
        with transaction(con):
            con.executemany(
                "DELETE FROM local_coupon WHERE member IN (SELECT id FROM local_member WHERE fact = ?)", numbers
            )
            con.executemany("DELETE FROM local_member WHERE fact = ?", numbers)
            con.executemany("DELETE FROM side_record WHERE fact = ?", numbers)
    return len(numbers)
