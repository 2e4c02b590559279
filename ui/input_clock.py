"""When a key or a finger really went down, in this program's own time.

A stalled program gets old events late: Enter pressed during the stall must not settle a sale that was painted after it
(T-13). Events carry the window system's time; the smallest delay seen ties that clock to ours. No two clocks go alike,
so it may grow a little with time: a day's drift would make each Enter older than what it confirms.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: An event that seems to be older (ms) means that the window system's clock has started anew.
RESTARTED_MS = 3_600_000.0
#: How much two clocks may go apart (ms in a ms): as much as an operating system corrects one of them by.
DRIFT = 0.0005


class InputClock:
    """One kind of events (keys, or pointer). ``pressed_at``: when the last one happened, monotonic s."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._offset_ms: float | None = None
        self._at_ms = 0.0
        self.pressed_at = monotonic()

    def event_ms(self, stamp: int) -> float:
        """The event's time in ms of the events' own clock; now for an event without a stamp (a test's, a program's)."""
        now = self._monotonic() * 1000
        if not stamp:
            return now - (self._offset_ms or 0.0)
        delay, grown = now - stamp, (now - self._at_ms) * DRIFT
        if self._offset_ms is None or delay > self._offset_ms + RESTARTED_MS:
            self._offset_ms = delay
        else:
            self._offset_ms = min(delay, self._offset_ms + grown)
        self._at_ms = now
        return float(stamp)

    def now_ms(self) -> float:
        """Now, in ms of the events' clock."""
        return self._monotonic() * 1000 - (self._offset_ms or 0.0)

    def happened(self, event_ms: float) -> None:
        """The event being handled now."""
        self.pressed_at = (event_ms + (self._offset_ms or 0.0)) / 1000

    def is_fresh(self, painted_at: float) -> bool:
        """Was what the event confirms on screen before the event? 0: it has not been painted at all."""
        return 0 < painted_at < self.pressed_at
