"""What comes to HQ between two transactions of one call: in a single thread nobody else would ever be there.

Another till, a late call, a row that changes; where people at HQ are busy they too, its daily round, and a backup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from posclient.errors import PosError
from sync.hq.database import Database
from sync.hq.snapshots import Snapshots
from sync.protocol import Manifest

if TYPE_CHECKING:
    from tests.sim.world import Till, World


@contextmanager
def others(world: World, seed: int) -> Iterator[None]:
    """Within the block HQ has more to do than what the till asks whose turn it is."""
    between = _Between(world, Random(f"meanwhile {seed}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "read", between.before(Database.read))
        patch.setattr(Database, "write", between.before(Database.write))
        patch.setattr(Snapshots, "manifest", between.making(Snapshots.manifest))
        yield


class _Between:
    def __init__(self, world: World, chance: Random) -> None:
        self.world, self.chance, self.open, self.made = world, chance, 0, 0
        self.busy = world.headquarters.busy

    def before(self, begin: Callable[..., AbstractContextManager[Any]]) -> Callable[..., AbstractContextManager[Any]]:
        """``begin``, before which something may happen; never within another transaction."""

        @contextmanager
        def begun(database: Database, **options: Any) -> Iterator[Any]:
            self._happens()
            self.open += 1
            try:
                with begin(database, **options) as session:
                    yield session
            finally:
                self.open -= 1

        return begun

    def making(self, manifest: Callable[..., Manifest]) -> Callable[..., Manifest]:
        """HQ makes one snapshot of a feed at a time: a late call for it would wait here, for what waits for it."""

        def made(*asked: Any) -> Manifest:
            self.made += 1
            try:
                return manifest(*asked)
            finally:
                self.made -= 1

        return made

    def _happens(self) -> None:
        world, asking = self.world, self.world.asking
        if self.open or not asking or world.deaths.hq_in or self.chance.random() >= world.mix.quicker:
            return
        world.asking = ""
        try:
            world.note("meanwhile")
            acts: list[Callable[[], None]] = [world.change_rows, partial(self._another, asking)]
            if self.busy:
                acts += [world.headquarters.work, world.headquarters.work, world.daily_round, world.back_up]
            self.chance.choice(acts if self.made else [*acts, world.deliver_late])()
        finally:
            world.asking = asking

    def _another(self, asking: str) -> None:
        """Another till sends what it has and asks for its feeds."""
        world = self.world
        tills = [one for one in world.tills.values() if one.name != asking and not world.is_dead(one.name)]
        if tills:
            self._contact(self.chance.choice(tills))

    def _contact(self, till: Till) -> None:
        bad, till.weather.bad = till.weather.bad, False
        try:
            with suppress(PosError):  # no place at HQ, or no facts that it can take: its own cycles are to say so
                till.send()
                till.line().feeds()
        finally:
            till.weather.bad = bad
