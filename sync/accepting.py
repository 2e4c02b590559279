"""The fail-safe of deletes, and what a person lets in of what it held back: what they saw, and no more.

protocol.md, pull; field_failures.md S-11. Between the look and the decision the feed moves on, and HQ may have another
accident: what comes beyond what was seen is judged as if nothing had been let in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from posclient.db.losses import DELETED, FREE, Loss
from posclient.errors import DataError
from sync.report import HeldBack


class MassDelete(DataError):
    """``mass_delete`` or ``zero_prices``: so much would go, or cost nothing, that a person is to be asked. ``losses``:
    all that are such.

    ``version``: of the feed, up to which that was looked at.
    """

    def __init__(self, losses: Sequence[Loss], version: int) -> None:
        one = losses[0]
        super().__init__(one.code, table=one.table, lost=one.lost, total=one.total, version=version)
        self.losses = losses


def refuse_losses(found: Sequence[Loss], version: int) -> None:
    """``MassDelete`` where one of them is, with what was let in of it: a decision is about all that would go."""
    if any(loss.is_mass for loss in found):
        raise MassDelete([loss for loss in found if replace(loss, let_in=0).is_mass], version)


def held_back(feed: str, error: DataError) -> list[HeldBack]:
    """What a person is told: an entry for each table that would lose too much, and for prices that would be 0."""
    if not isinstance(error, MassDelete):
        return [HeldBack(feed, error.code, error.params)]
    counts = ((one.code, {"table": one.table, "lost": one.lost, "total": one.total}) for one in error.losses)
    return [HeldBack(feed, code, {**error.params, **one}) for code, one in counts]


@dataclass(frozen=True, slots=True)
class Accepted:
    """``seen``: what was held back as a person decided to let it in. ``everything``: whatever HQ says now."""

    seen: tuple[HeldBack, ...] = ()
    everything: bool = False

    def upto(self, feed: str) -> int:
        """The version of the feed up to which deletes and prices of 0 are let in."""
        if self.everything:
            return 2**63
        return max((_number(one, "version") for one in self._mass(feed)), default=0)

    def refuse(self, feed: str, found: Sequence[Loss], version: int) -> None:
        """The same for losses that have no version (a snapshot, a feed that is listed no more): by their number."""
        if not self.everything:
            refuse_losses([replace(loss, let_in=self._seen_of(feed, loss)) for loss in found], version)

    def is_restored(self, feed: str, code: str, epoch: str, head: int) -> bool:
        """Was it seen that HQ has this epoch now, and was no further than ``head``?"""
        return self.everything or any(
            (one.feed, one.code, one.params.get("epoch")) == (feed, code, epoch) and _number(one, "there") <= head
            for one in self.seen
        )

    def without(self, feed: str) -> Accepted:
        """What has been let in of a feed is not let in twice."""
        return replace(self, seen=tuple(one for one in self.seen if one.feed != feed))

    def _mass(self, feed: str) -> list[HeldBack]:
        return [one for one in self.seen if one.feed == feed and one.code in {DELETED, FREE}]

    def _seen_of(self, feed: str, loss: Loss) -> int:
        told = (loss.code, loss.table)
        return sum(_number(one, "lost") for one in self._mass(feed) if (one.code, one.params.get("table")) == told)


#: Nobody has decided anything.
NOTHING = Accepted()


def _number(held: HeldBack, name: str) -> int:
    found = held.params.get(name)
    return found if isinstance(found, int) else 0
