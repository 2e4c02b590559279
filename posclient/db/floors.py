"""A floor of the clock that was never reached goes back to HQ's signed time, and a fact says so (S-16)."""

from __future__ import annotations

from datetime import UTC, datetime

from posclient.db import journal, terminal
from posclient.db.connection import Connection, transaction
from posclient.domain.facts import CLOCK_FLOOR_LOWERED, clock_floor_lowered, clock_stamp
from posclient.domain.ids import derived_id


def lower(con: Connection, hq_ms: int, now: datetime) -> None:
    """Set the floor to ``hq_ms``, which HQ signed; ``now`` is the till's own clock.

    The fact is one of HQ's day: a clock that runs ahead raises the floor with each sale, for weeks, and each sale's own
    fact says by how much.
    """
    with transaction(con):
        me = terminal.read(con)
        before, after = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (me.floor_ms, hq_ms))
        fact = derived_id("clock_floor_lowered", me.terminal, me.incarnation, after.date().isoformat())
        if con.execute("SELECT 1 FROM fact WHERE id = ?", (fact,)).fetchone() is None:
            content = clock_floor_lowered(before, after, clock_stamp(now, me.offset_ms))
            journal.append(con, fact_id=fact, kind=CLOCK_FLOOR_LOWERED, content=content, at=now)
        terminal.lower_floor(con, hq_ms)
