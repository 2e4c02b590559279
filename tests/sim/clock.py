"""The time of a world, as each of its machines has it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol


class Timed(Protocol):
    """Whatever has the true time."""

    time: datetime


class SkewedClock:
    """The world's time, as this machine has it."""

    def __init__(self, world: Timed) -> None:
        self.world, self.skew = world, timedelta()

    def now(self) -> datetime:
        return self.world.time + self.skew
