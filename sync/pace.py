"""How much a line carries at once: facts of a push on the way up, rows of a page on the way down.

What does not get through in the time of a reply would begin anew with every cycle, and nothing behind it ever come:
neither the facts nor, as a cycle stops there, the prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from posclient.errors import LinkError

#: The smallest part of the bounds: one of the protocol's 500.
SMALLEST = 256
#: Twice as much as went through in so many seconds stays well within the time of a reply.
EASY_S = 5.0


@dataclass
class Load:
    """How many facts or rows a request carries."""

    size: int


class Pace:
    """One direction. After a time-out half as much, after a full load that took little time twice as much."""

    def __init__(self) -> None:
        self._part = 1

    def of(self, bound: int) -> int:
        """So many facts, rows or bytes of the protocol's ``bound``."""
        return max(1, bound // self._part)

    @contextmanager
    def watched(self, size: int, bound: int) -> Iterator[Load]:
        """A request of such a ``size``, which the block sets where fewer came; ``bound`` as of ``of``. A few of them
        say nothing of what more would take.
        """
        began, load = monotonic(), Load(size)
        try:
            yield load
        except LinkError as error:
            if error.code == "timeout":
                while self.of(bound) >= size and self._part < SMALLEST:
                    self._part *= 2
            raise
        if monotonic() - began < EASY_S and load.size * 4 >= self.of(bound):
            self._part = max(1, self._part // 2)
