"""Enter twice in a breath, or a finger that bounces: one deed. For what prints; money has guards of its own (T-15)."""

from __future__ import annotations

import time

#: Two presses closer than this are one (s).
DOUBLE_S = 0.6


class Breath:
    """The moment behind something that ends by a key or a touch: the double of that is for nothing."""

    def __init__(self) -> None:
        self._at = 0.0

    def begin(self) -> None:
        """It has ended now."""
        self._at = time.monotonic()

    @property
    def lasts(self) -> bool:
        """Was it a moment ago?"""
        return time.monotonic() - self._at < DOUBLE_S


class Once:
    """Remembers the last deed and when it was done."""

    def __init__(self) -> None:
        self._last: object = None
        self._at = 0.0

    def again(self, deed: object) -> bool:
        """Was this very deed done a moment ago? Else it is done now."""
        now, last = time.monotonic(), self._last
        if deed == last and now - self._at < DOUBLE_S:
            return True
        self._last, self._at = deed, now
        return False
