"""What fails is tried less and less often: it may cost HQ and a slow line as much as a first load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

#: Cycles between two tries, an hour of them.
MOST_WAIT = 60


class Restraint:
    """After a failure with the next cycle, then after 1, 3, 7, ... of them; of any number of things, by name."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._wait: Counter[str] = Counter()

    def is_due(self, what: str) -> bool:
        """May it be tried now? To be asked once a cycle, since each time that it may not is counted."""
        if self._wait[what]:
            self._wait[what] -= 1
            return False
        return True

    def failed(self, what: str) -> None:
        """It was tried, in vain."""
        self._wait[what] = min(MOST_WAIT, 2 ** self._failures[what] - 1)
        self._failures[what] += 1

    def forget_but(self, failing: Collection[str]) -> None:
        """The others are well again."""
        for what in self._failures.keys() - set(failing):
            del self._failures[what], self._wait[what]
