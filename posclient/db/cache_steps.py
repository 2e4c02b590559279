"""How an older cache becomes a present one, so that an update never stops a till that is offline.

A step is SQL that makes of the rows that are here the form of the next version. What it cannot make of them, it has
HQ send once there is a line: ``send_again`` names the feed, and its old rows serve until the whole feed has come.
An update that is taken back finds the copy that was put aside before its first step (``live_cache``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from posclient.db.connection import Connection, transaction
from posclient.db.migrations import statements

#: The first version that was released; an older cache is loaded anew.
OLDEST = 6
#: Step n of them (from 0) brings version ``OLDEST`` + n to the next. Released steps are never changed: another table is
#: a new step, and a stored cache of its version in tests/db/old.
STEPS: tuple[str, ...] = ()
VERSION = OLDEST + len(STEPS)
#: "POSC" in the file's header.
APPLICATION_ID = 0x504F5343


def bring_up(
    con: Connection, steps: Sequence[str] = STEPS, before: Callable[[int], None] = lambda _version: None
) -> bool:
    """Make it a cache of the last step's version; False where it is none, an unfinished, or a newer program's.

    A step and its number are one transaction: a kill leaves the version before or the one after. ``before`` is called
    with the version found, if there is anything to do.
    """
    if not is_cache(con):
        return False
    found = _number(con, "user_version")
    if not OLDEST <= found <= OLDEST + len(steps):
        return False
    if found < OLDEST + len(steps):
        before(found)
    for version in range(found, OLDEST + len(steps)):
        _step(con, version, steps[version - OLDEST])
    return True


def is_cache(con: Connection) -> bool:
    """Is the file a whole cache, of whatever version?"""
    return _number(con, "application_id") == APPLICATION_ID


def send_again(feed: str) -> str:
    """SQL for a step: of all feeds of this kind (the part before the colon) HQ is to send every row anew."""
    return f"UPDATE feed_cursor SET checksum = ~checksum WHERE feed = '{feed}' OR feed LIKE '{feed}:%';\n"  # noqa: S608


def _step(con: Connection, version: int, sql: str) -> None:
    with transaction(con):
        for statement in statements(sql):
            con.execute(statement)
        con.execute(f"PRAGMA user_version = {version + 1}")


def _number(con: Connection, pragma: str) -> int:
    return int(con.execute(f"PRAGMA {pragma}").fetchone()[0])
