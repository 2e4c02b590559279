"""What a till makes of its own clock: HQ's time by it, and whether it can be believed (protocol.md, clocks).

Instants are Unix times in ms; an offset is HQ's clock minus the till's.
"""

from __future__ import annotations

#: A clock that differs by more than this is not corrected: whose fault it is, a person has to see. A jump forward of
#: more than this does not move the floor until a manager says that the clock is right.
FURTHEST_MS = 24 * 60 * 60 * 1000
#: A clock further behind the floor than this is not believed: its facts say so (S-16). Two answers of HQ's that differ
#: by more than this mean that the clock was set in between.
MOST_BEHIND_MS = 5 * 60 * 1000


def hq_ms(wall_ms: int, offset_ms: int | None) -> int:
    """HQ's time when our clock says ``wall_ms``, as far as this till knows: all tills change prices by one clock."""
    offset = offset_ms or 0
    return wall_ms + offset if abs(offset) <= FURTHEST_MS else wall_ms


def is_suspect(wall_ms: int, offset_ms: int | None, floor_ms: int) -> bool:
    """Is the clock so far behind the latest time that this till has used (``floor_ms``) that it must be wrong?"""
    return floor_ms - hq_ms(wall_ms, offset_ms) > MOST_BEHIND_MS
