"""What a till need not keep any longer: bodies of facts that HQ's backup covers (protocol.md, push).

A fact's row stays, with its hash: sales and orders refer to it, and the chain is verified from it on. Of an earlier
enrolment's chain nothing goes, as nobody says how far HQ's backup has it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep

from posclient.db.connection import Connection, transaction
from posclient.db.instants import to_ms
from posclient.db.live_cache import ASIDE
from posclient.db.migrations import BACKUPS
from posclient.errors import DataError

KEEP = timedelta(days=30)
#: Facts of one transaction: a sale waits for it.
_AT_ONCE = 500
#: Seconds between two of them: who waits for the database looks again a tenth of a second later.
_PAUSE_S = 0.15
#: A bound that bounds nothing.
_ANY = 2**62

#: By the outbox, which is short: the chain is as long as the till is old, and nothing of it comes back here.
_OLD = (
    "SELECT number, at_ms, acked_ms FROM outbox CROSS JOIN fact USING (number) CROSS JOIN terminal"
    " WHERE fact.incarnation = terminal.incarnation AND seq <= min(durable_seq, ?) ORDER BY number LIMIT ?"
)


def has_old(con: Connection, now: datetime) -> bool:
    """Is there anything to drop, if HQ's backup has it?"""
    return bool(_old(con, to_ms(now - KEEP), _ANY, 1))


def forget_old(con: Connection, now: datetime, durable_seq: int) -> int:
    """Drop body, side records and outbox row of what is over 30 days old and durable at HQ; how many facts.

    From the start of the chain on, up to the first fact that must stay. ``durable_seq``: what HQ says of that, signed.
    """
    forgotten = 0
    while True:
        with transaction(con):
            some = _forget_some(con, to_ms(now - KEEP), durable_seq)
        forgotten += some
        if some < _AT_ONCE:
            return forgotten
        sleep(_PAUSE_S)


def forget_backups(con: Connection, folder: Path, now: datetime) -> int:
    """Remove copies that a migration made over 30 days ago, where the migrated file is whole; how many.

    They hold what was sealed since, as the chain's index key, and people whom HQ has erased since (S-20).
    """
    before = (now - KEEP).timestamp()
    with suppress(OSError, DataError):  # a folder that cannot be read, a damaged file: everything stays
        copies = [*folder.glob(BACKUPS), *folder.parent.glob(ASIDE)]
        old = [path for path in copies if path.stat().st_mtime < before]
        if old and con.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]:
            for path in old:
                path.unlink()
            return len(old)
    return 0


def _forget_some(con: Connection, before_ms: int, durable_seq: int) -> int:
    old = _old(con, before_ms, durable_seq, _AT_ONCE)
    con.executemany("DELETE FROM side_record WHERE fact = ?", old)
    con.executemany("DELETE FROM outbox WHERE number = ?", old)
    con.executemany("UPDATE fact SET body = x'' WHERE number = ?", old)
    return len(old)


def _old(con: Connection, before_ms: int, durable_seq: int, most: int) -> list[tuple[int]]:
    """Numbers of facts, up to the first that must stay."""
    old: list[tuple[int]] = []
    for number, at_ms, acked_ms in con.execute(_OLD, (durable_seq, most)).fetchall():
        if acked_ms is None or at_ms >= before_ms:
            break
        old.append((number,))
    return old
