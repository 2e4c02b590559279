"""Disks that fail: a till's folder is put back from a copy of some time ago, and people sell on (S-19).

What the lost disk had and HQ had not is gone, with whoever's receipt names it. What HQ has of it stays, and what is
made on the old copy in its place is a fork, which HQ keeps aside.
"""

from __future__ import annotations

import shutil
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sim.world import Till, World

#: In one of so many schedules they do, at one step of so many.
FAILING, OFTEN = 12, 5


class Disks:
    """``world``'s, by a chance of its own."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, Random(f"disks {seed}")
        self.fail = self.chance.random() < 1 / FAILING

    def act(self) -> None:
        """Perhaps a copy is made, or put back."""
        if self.fail and not self.world.restored and self.chance.random() < 1 / OFTEN:
            till = self.world.tills[self.chance.choice(list(self.world.tills))]
            copy = till.folder.with_name(f"{till.name}.copy")
            till.hands.close()
            if copy.exists():
                self._put_back(till)
            else:
                shutil.copytree(till.folder, copy)
                self.world.note(till.name, "disk copied")
            till.start()
            known = {row[0] for row in till.hands.till.db.execute("SELECT id FROM sale").fetchall()}
            till.hands.told = [one for one in till.hands.told if one in known]
            self.world.counters.seen.get(till.name, set()).intersection_update(known)

    def _put_back(self, till: Till) -> None:
        till.replaced = till.moved = True
        self.world.forgets(till)
        shutil.rmtree(till.folder)
        till.folder.with_name(f"{till.name}.copy").rename(till.folder)
        self.world.note(till.name, "disk put back")
