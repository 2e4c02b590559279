"""Who uses a coupon that the store leases, while HQ cannot say: of the store's tills the first that asks.

Kept in memory: a hub that starts anew forgets carts, and remembers uses. Spans, not instants: no clock but this
machine's running one has a say in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

from pydantic import Field

from posclient.db import sales
from posclient.db.connection import TILL_FILE, connect
from posclient.db.hub_file import HubFile
from posclient.domain.leases import HOLD
from sync.protocol import Message

#: Carts that are remembered; the oldest are over long since.
MOST_HOLDS = 10_000
HELD_HERE, USED = "held_here", "used"
#: A sale of the last second is on its way for so long: nobody else gets its coupons before.
LATE_S = 120.0


Span = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class RefusedHere(Message):
    """``code``: held_here (in the cart of the till ``terminal`` for ``seconds`` more), or used by it."""

    coupon: str = Field(max_length=200)
    code: str = Field(max_length=40)
    terminal: str = Field(default="", max_length=200)
    seconds: Span = 0


class HeldHere(Message):
    """What the hub keeps for our cart."""

    held: list[str]
    refused: list[RefusedHere]
    seconds: Span


class Holds:
    """The carts of one store. ``now``: seconds that only run on."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._now = folder, now
        self._held: dict[str, tuple[str, float]] = {}

    def hold(self, file: HubFile, terminal: str, coupons: Sequence[str]) -> HeldHere:
        """Each for ``terminal``, or who has it."""
        now = self._now()
        if len(self._held) > MOST_HOLDS:
            self._held = {one: who for one, who in self._held.items() if who[1] > now}
        used_here = self._used_here(coupons)
        refused = [said for one in coupons if (said := self._refusal(file, terminal, one, now, one in used_here))]
        held = [one for one in coupons if one not in {said.coupon for said in refused}]
        self._held |= {one: (terminal, now + HOLD.total_seconds() + LATE_S) for one in held}
        return HeldHere(held=held, refused=refused, seconds=HOLD.total_seconds())

    def _refusal(self, file: HubFile, terminal: str, coupon: str, now: float, used: bool) -> RefusedHere | None:
        user = file.user_of(coupon)
        if used or user not in {None, terminal}:
            return RefusedHere(coupon=coupon, code=USED, terminal=user or "")
        holder, until = self._held.get(coupon, (terminal, now))
        if holder == terminal or until <= now:
            return None
        return RefusedHere(coupon=coupon, code=HELD_HERE, terminal=holder, seconds=until - now)

    def _used_here(self, coupons: Sequence[str]) -> set[str]:
        """By this very till, whose sales are no batches here."""
        with closing(connect(self._folder / TILL_FILE, read_only=True)) as con:
            return sales.used_coupons(con, coupons)
