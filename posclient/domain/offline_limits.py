"""What a till may still do after so long without its HQ (protocol.md: 72 hours, 7 days, 30 days).

A till that was stolen cannot be told so. Each step takes away what a thief would want; facts that are unsent are kept,
and are sent at the next contact, after which all is as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HOUR_MS = 3_600_000
#: So long before a step (hours) people are told that it is near.
WARNING_HOURS = 12
#: The steps, each with all of those before it: personal data sealed; cash alone, no leases; locked.
SEALED, CASH_ONLY, LOCKED = "sealed", "cash_only", "locked_out"
#: HQ's settings for them, in hours; 0: never.
SETTINGS = {
    SEALED: ("seal_after_hours", 72),
    CASH_ONLY: ("cash_only_after_hours", 168),
    LOCKED: ("lock_after_hours", 720),
}
#: Five years.
MOST_HOURS = 5 * 366 * 24


@dataclass(frozen=True, slots=True)
class Contact:
    """HQ's last authenticated answer: its time and ours at that moment (ms), None before the first."""

    hq_ms: int | None
    wall_ms: int | None

    def since_ms(self, wall_ms: int, floor_ms: int) -> int | None:
        """How long ago that is at ``wall_ms``. The floor has its say: a clock that is put back gains nothing (S-16)."""
        if self.hq_ms is None or self.wall_ms is None:
            return None
        return max(0, wall_ms - self.wall_ms, floor_ms - self.hq_ms)


@dataclass(frozen=True, slots=True)
class Limit:
    """A step in force since so many seconds; or, where ``since_s`` is below 0, coming in so many."""

    step: str
    since_s: float


def read_hours(rows: Mapping[str, Any]) -> dict[str, int]:
    """The limit of each step in hours, out of HQ's settings by name; one of a wrong form counts as not sent."""
    found = {}
    for step, (name, default) in SETTINGS.items():
        value = rows.get(name)
        found[step] = value if type(value) is int and 0 <= value <= MOST_HOURS else default
    return found


def limits(hours: Mapping[str, int], since_ms: int | None) -> tuple[Limit, ...]:
    """The steps in force, and those that are near; none for a till that HQ has never answered."""
    if since_ms is None:
        return ()
    found = [(step, since_ms - hours[step] * HOUR_MS) for step in SETTINGS if hours[step]]
    return tuple(Limit(step, over / 1000) for step, over in found if over >= -WARNING_HOURS * HOUR_MS)


def in_force(found: tuple[Limit, ...], step: str) -> bool:
    """Has ``step`` been reached, by itself or by a later one?"""
    return in_force_s(found, step) is not None


def in_force_s(found: tuple[Limit, ...], step: str) -> float | None:
    """Since when (s) it has been, None where it has not."""
    steps = list(SETTINGS)
    reached = (one.since_s for one in found if one.since_s >= 0 and steps.index(one.step) >= steps.index(step))
    return max(reached, default=None)
