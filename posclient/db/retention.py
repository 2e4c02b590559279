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
_DURABLE = (
    " FROM outbox CROSS JOIN fact USING (number) CROSS JOIN terminal"
    " WHERE fact.incarnation = terminal.incarnation AND seq <= min(durable_seq, ?)"
)
#: HQ takes facts in their order, so what lies before one that it has had for 30 days it has had as long, whatever its
#: own date says: one day that a clock ran ahead would keep all behind it for ever. The later of both dates, as neither
#: clock may have been right; back from the end, past a month of facts.
_LAST = f"SELECT number{_DURABLE} AND max(at_ms, acked_ms) < ? ORDER BY number DESC LIMIT 1"
_OLD = f"SELECT number, acked_ms{_DURABLE} AND number <= ? ORDER BY number LIMIT ?"


def has_old(con: Connection, now: datetime) -> bool:
    """Is there anything to drop, if HQ's backup has it?"""
    return bool(_old(con, _last(con, now, _ANY), _ANY, 1))


def forget_old(con: Connection, now: datetime, durable_seq: int) -> int:
    """Drop body, side records and outbox row of what is over 30 days old and durable at HQ; how many facts.

    From the start of the chain on, up to the first fact that must stay. ``durable_seq``: what HQ says of that, signed.
    """
    forgotten, last = 0, _last(con, now, durable_seq)
    while True:
        with transaction(con):
            some = _forget_some(con, last, durable_seq)
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


def _last(con: Connection, now: datetime, durable_seq: int) -> int:
    """The number of the last fact that HQ has had for 30 days; 0 where there is none."""
    found = con.execute(_LAST, (durable_seq, to_ms(now - KEEP))).fetchone()
    return int(found[0]) if found else 0


def _forget_some(con: Connection, last: int, durable_seq: int) -> int:
    old = _old(con, last, durable_seq, _AT_ONCE)
    con.executemany("DELETE FROM side_record WHERE fact = ?", old)
    con.executemany("DELETE FROM outbox WHERE number = ?", old)
    con.executemany("UPDATE fact SET body = x'' WHERE number = ?", old)
    return len(old)


def _old(con: Connection, last: int, durable_seq: int, most: int) -> list[tuple[int]]:
    """Numbers of facts up to the ``last``, and up to the first that HQ has not acknowledged."""
    old: list[tuple[int]] = []
    for number, acked_ms in con.execute(_OLD, (durable_seq, last, most)).fetchall():
        if acked_ms is None:
            break
        old.append((number,))
    return old
