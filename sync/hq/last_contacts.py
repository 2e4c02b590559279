"""When each terminal last asked anything. In memory: a till that only pulls must not cost HQ a write each minute."""

from __future__ import annotations

from posclient.domain.ids import Clock
from sync.hq.clock import milliseconds


class LastContacts:
    """Of this process; what the database has is older, or from before its start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, int] = {}

    def note(self, terminal: str) -> None:
        """It proved who it is just now."""
        self._seen[terminal] = milliseconds(self._clock)

    def last(self, terminal: str, stored: int | None) -> int | None:
        """Unix milliseconds of the last contact; ``stored`` is what the database says."""
        return max(self._seen.get(terminal, 0), stored or 0) or None
