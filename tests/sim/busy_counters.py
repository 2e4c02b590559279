"""A counter where people go on while the sync of their till waits for an answer, and the sync while they ring up.

Window and sync are two threads: what one does comes between two steps of the other.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from posclient.errors import PosError

if TYPE_CHECKING:
    from tests.sim.world import World


class BusyCounters:
    """``world``'s, by a chance of its own. ``seen``: sales whose receipt people hold, whatever becomes of the sync."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, Random(f"counters {seed}")
        self.busy = self.chance.random() < 1 / world.mix.busy
        self.seen: dict[str, set[str]] = {}
        self._turns = False

    def go_on(self, name: str) -> None:
        """Perhaps somebody sells at the till ``name``, whose sync waits for an answer, or has it and goes on."""
        till = self.world.tills[name]
        if not (self._is_free(name) and till.syncing) or self.chance.random() >= 1 / self.world.mix.goes_on:
            return
        self._turns = True
        hands, told = till.hands, len(till.hands.told)
        leaves, hands.leaves = hands.leaves, _never  # no call takes hours
        self.world.note(name, "goes on at the counter")
        try:
            self.chance.choice([hands.sell, hands.sell, hands.sell, hands.register, hands.order, hands.follow_up])()
        except PosError as error:
            if not (till.may_say(error.code) or self.world.is_dead(name)):  # the sync would take it for its own
                raise AssertionError(f"{name}: while its sync waits: {error!r}") from error
            self.world.note(name, error.code)
        finally:
            hands.leaves, self._turns = leaves, False
        if not self.world.is_dead(name):
            self.seen.setdefault(name, set()).update(hands.told[told:])

    def sync_goes_on(self, name: str) -> bool:
        """Perhaps a whole cycle comes between two keys at the till ``name``."""
        till = self.world.tills[name]
        free = self._is_free(name) and not till.syncing and till.weather.bad
        if not free or self.chance.random() >= 1 / self.world.mix.between_keys:
            return False
        self._turns = True
        self.world.note(name, "syncs between two keys")
        try:
            till.sync()
        finally:
            self._turns = False
        return True

    def _is_free(self, name: str) -> bool:
        """A person does one thing at a time, and so does the sync."""
        return self.busy and not self._turns and not self.world.is_dead(name)


def _never() -> bool:
    return False
