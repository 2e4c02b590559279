"""When a key or a finger really went down, in this program's own time.

A stalled program gets old events late: Enter pressed during the stall must not settle a sale that was painted after it
(T-13). Events carry the window system's time; the smallest delay ever seen ties that clock to ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: An event that seems to be older (ms) means that the window system's clock has started anew.
RESTARTED_MS = 3_600_000.0


class InputClock:
    """One kind of events (keys, or pointer). ``pressed_at``: when the last one happened, monotonic s."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._offset_ms: float | None = None
        self.pressed_at = monotonic()

    def event_ms(self, stamp: int) -> float:
        """The event's time in ms of the events' own clock; now for an event without a stamp (a test's, a program's)."""
        now = self._monotonic() * 1000
        if not stamp:
            return now - (self._offset_ms or 0.0)
        delay = now - stamp
        if self._offset_ms is None or delay < self._offset_ms or delay > self._offset_ms + RESTARTED_MS:
            self._offset_ms = delay
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
