"""Business time: HQ's by our clock, but never before the latest that this till has ever used (protocol.md, clocks).

So all tills change a price at one instant, and a clock that was put back brings back no coupon, price or promotion that
has ended (S-16).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from posclient.db.instants import to_ms
from posclient.domain.clocks import FURTHEST_MS, hq_ms, is_suspect
from posclient.domain.ids import LocalClock


class BusinessTime:
    """A till's own time. ``floor_ms`` 0: it has never been used; ``offset_ms``: HQ's clock minus ours, where known."""

    def __init__(self, clock: LocalClock, floor_ms: int, offset_ms: int | None = None) -> None:
        self.clock = clock
        self.floor_ms = floor_ms
        self.offset_ms = offset_ms

    def now(self) -> datetime:
        """At what instant a price or a coupon is judged now, in the store's zone. The floor has an offset of its own:
        by that of a clock that a dead battery has put into winter, a summer's sale after midnight would be yesterday's.
        """
        wall = self.clock.now()
        wall_ms = to_ms(wall)
        ahead = max(self.floor_ms, hq_ms(wall_ms, self.offset_ms)) - wall_ms
        return self.clock.local(wall + timedelta(milliseconds=ahead)) if ahead else wall

    def jumped(self, at: datetime) -> bool:
        """Is ``at`` so far ahead that a manager has to be asked?"""
        return self.floor_ms > 0 and to_ms(at) - self.floor_ms > FURTHEST_MS

    def suspect(self) -> bool:
        """Is the clock so far behind what this till has used that it must be wrong?"""
        return is_suspect(to_ms(self.clock.now()), self.offset_ms, self.floor_ms)

    def moves_floor(self, at: datetime) -> bool:
        """Is ``at`` to be remembered as used?"""
        return not self.jumped(at)

    def note(self, at: datetime) -> None:
        """``at`` has been used, as till.db now knows."""
        if self.moves_floor(at):
            self.learn(max(self.floor_ms, to_ms(at)), self.offset_ms)

    def learn(self, floor_ms: int, offset_ms: int | None) -> None:
        """What till.db says: another thread's sales raise the floor, HQ's signed time lowers it and tells how far our
        clock is from HQ's.
        """
        self.floor_ms, self.offset_ms = floor_ms, offset_ms


class RowTime(BusinessTime):
    """A replay's time: that of the row it is at. It leaves the floor alone."""

    def __init__(self, clock: LocalClock, at: datetime) -> None:
        super().__init__(clock, 0)
        self._at = at

    def now(self) -> datetime:
        return self._at

    def learn(self, floor_ms: int, offset_ms: int | None) -> None:
        """A row of another day is judged by no floor of this one."""

    def moves_floor(self, at: datetime) -> bool:  # noqa: ARG002 - the same question, always no
        return False
