"""The hub's word for the open cart: so long it keeps coupons of the store's lease from the store's other tills.

By the till's clock, and at most so long by one that nobody can set: the hub counts its minutes by such a clock itself,
so a till's clock that is put back must not add to them (S-17). Neither alone would do, as this one may stand still
while the machine sleeps. After a restart the till has forgotten the word, and asks anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class _Grant:
    until: datetime
    ends_s: float


class Grants:
    """By coupon. ``monotonic``: seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._given: dict[str, _Grant] = {}

    def keep(self, granted: Mapping[str, timedelta], now: datetime) -> None:
        """Each is kept for so long from ``now``, the till's time."""
        moment = self._monotonic()
        self._given |= {one: _Grant(now + span, moment + span.total_seconds()) for one, span in granted.items()}

    def lasting(self) -> dict[str, datetime]:
        """Until when by the till's clock, of those that are not over by the other one."""
        now = self._monotonic()
        return {one: grant.until for one, grant in self._given.items() if now < grant.ends_s}

    def clear(self) -> None:
        """They were for a cart that is gone."""
        self._given = {}
