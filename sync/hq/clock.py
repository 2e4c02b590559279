"""HQ's clock: time comes in, so that tests and a simulation can own it."""

from __future__ import annotations

from datetime import UTC, datetime

from posclient.domain.ids import Clock


class UtcClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def milliseconds(clock: Clock) -> int:
    """Unix time in ms, as the tables keep it."""
    return int(clock.now().timestamp() * 1000)
