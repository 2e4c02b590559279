"""How much of a push a line carries at once.

A batch that does not get through in the time of a reply would begin anew with every cycle, and nothing behind it ever
come: neither the facts nor, as a cycle stops there, the prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from posclient.errors import LinkError

#: The smallest part of the bounds: one fact of the protocol's 500.
SMALLEST = 256
#: Twice as much as went through in so many seconds stays well within the time of a reply.
EASY_S = 5.0


class Pace:
    """After a time-out half of what was sent, after a full batch that took little time twice as much."""

    def __init__(self) -> None:
        self._part = 1

    def of(self, bound: int) -> int:
        """So many facts, or bytes, of the ``bound`` of a push."""
        return max(1, bound // self._part)

    @contextmanager
    def watched(self, facts: int, bound: int) -> Iterator[None]:
        """A push of so many ``facts``; ``bound`` as of ``of``. A few of them say nothing of what more would take."""
        began = monotonic()
        try:
            yield
        except LinkError as error:
            if error.code == "timeout":
                while self.of(bound) >= facts and self._part < SMALLEST:
                    self._part *= 2
            raise
        if monotonic() - began < EASY_S and facts * 4 >= self.of(bound):
            self._part = max(1, self._part // 2)
