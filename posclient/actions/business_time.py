"""Business time: the clock, but never before the latest time that this till has ever used (protocol.md, clocks).

So a clock that was put back brings back no coupon, price or promotion that has ended (S-16).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from posclient.db.instants import to_ms
from posclient.domain.ids import Clock

#: A jump forward of more than this does not move the floor until a manager says that the clock is right.
FURTHEST_JUMP_MS = 24 * 60 * 60 * 1000
#: A clock further behind the floor than this is not believed: its facts say so (S-16).
MOST_BEHIND_MS = 5 * 60 * 1000


class BusinessTime:
    """A till's own time. ``floor_ms`` 0: it has never been used."""

    def __init__(self, clock: Clock, floor_ms: int) -> None:
        self.clock = clock
        self.floor_ms = floor_ms

    def now(self) -> datetime:
        """At what instant a price or a coupon is judged now, in the store's zone."""
        wall = self.clock.now()
        behind = self.floor_ms - to_ms(wall)
        return wall + timedelta(milliseconds=behind) if behind > 0 else wall

    def jumped(self, at: datetime) -> bool:
        """Is ``at`` so far ahead that a manager has to be asked?"""
        return self.floor_ms > 0 and to_ms(at) - self.floor_ms > FURTHEST_JUMP_MS

    def suspect(self, at: datetime) -> bool:
        """Is the clock, which says ``at``, so far behind what this till has used that it must be wrong?"""
        return self.floor_ms - to_ms(at) > MOST_BEHIND_MS

    def moves_floor(self, at: datetime) -> bool:
        """Is ``at`` to be remembered as used?"""
        return not self.jumped(at)

    def note(self, at: datetime) -> None:
        """``at`` has been used, as till.db now knows."""
        if self.moves_floor(at):
            self.learn(max(self.floor_ms, to_ms(at)))

    def learn(self, floor_ms: int) -> None:
        """What till.db says of the floor: another thread's sales raise it, HQ's signed time lowers it."""
        self.floor_ms = floor_ms


class RowTime(BusinessTime):
    """A replay's time: that of the row it is at. It leaves the floor alone."""

    def __init__(self, clock: Clock, at: datetime) -> None:
        super().__init__(clock, 0)
        self._at = at

    def now(self) -> datetime:
        return self._at

    def learn(self, floor_ms: int) -> None:
        """A row of another day is judged by no floor of this one."""

    def moves_floor(self, at: datetime) -> bool:  # noqa: ARG002 - the same question, always no
        return False
