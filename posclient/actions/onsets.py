"""Since when something is so that no record tells of: a full disk, a clock that is wrong, rules that cannot be read.

The first time that this run has seen it, by a clock that nobody can set. After a restart it counts from the start: what
was before nobody has watched. The status looks with each of its rounds, so that it does not depend on who opens a page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection


class Onsets:
    """By name. ``monotonic``: seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began: dict[str, float] = {}

    def note(self, so: Collection[str]) -> None:
        """These are so now, and nothing else is."""
        now = self._monotonic()
        self._began = {name: self._began.get(name, now) for name in so}

    def since(self) -> dict[str, float]:
        """How long (s) each of them has been so."""
        now = self._monotonic()
        return {name: now - began for name, began in self._began.items()}
