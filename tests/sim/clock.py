"""The time of a world, as each of its machines has it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol


class Timed(Protocol):
    """Whatever has the true time."""

    @property
    def time(self) -> datetime: ...


class SkewedClock:
    """The world's time, or another machine's, as this machine has it."""

    def __init__(self, world: Timed, skew: timedelta = timedelta()) -> None:
        self.world, self.skew = world, skew

    @property
    def time(self) -> datetime:
        return self.now()

    def now(self) -> datetime:
        return self.world.time + self.skew

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.world.time.tzinfo)
