"""When HQ last answered this till, and since when its personal data are sealed."""

from __future__ import annotations

from datetime import datetime

from posclient.db import chain, terminal
from posclient.db.connection import Connection, transaction
from posclient.db.instants import to_ms
from posclient.db.live_cache import LiveCache
from posclient.db.terminal import Terminal
from posclient.domain import clocks
from posclient.domain.offline_limits import Contact, Limit, limits, read_hours


def note(con: Connection, hq_ms: int, wall_ms: int) -> None:
    """HQ has answered, and proved that it is HQ.

    As far as its time and our clock (``wall_ms``, and what is known of its error) agree, that hour has come: the floor
    is there, as if a manager had said so, and a clock that is put back afterwards gives back no lease that has ended
    meanwhile (S-16).
    """
    agreed_ms = min(hq_ms, clocks.hq_ms(wall_ms, terminal.floor_and_offset(con)[1]))
    sql = "UPDATE terminal SET contact_ms = ?, contact_wall_ms = ?, floor_ms = max(floor_ms, ?)"
    with transaction(con):
        con.execute(sql, (hq_ms, wall_ms, agreed_ms))


def note_sealed(con: Connection, now: datetime) -> None:
    """Personal data are sealed from now on, unless they are already."""
    con.execute("UPDATE terminal SET sealed_ms = ? WHERE sealed_ms IS NULL", (to_ms(now),))


def note_opened(con: Connection) -> None:
    """They are open again."""
    con.execute("UPDATE terminal SET sealed_ms = NULL")


def limits_of(till: Terminal, cache: LiveCache, wall: datetime) -> tuple[Limit, ...]:
    """What the time without HQ takes away, by the limits that HQ has set; ``wall``: what the clock says."""
    since_ms = Contact(till.contact_ms, till.contact_wall_ms).since_ms(to_ms(wall), till.floor_ms)
    return limits(read_hours(chain.settings(cache, till.store)), since_ms)
