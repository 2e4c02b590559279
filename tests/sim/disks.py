"""Disks that fail: a till's folder is put back from a copy of some time ago, and people sell on (S-19).

What the lost disk had and HQ had not is gone, with whoever's receipt names it. What HQ has of it stays, and what is
made on the old copy in its place is a fork, which HQ keeps aside.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from posclient.db import terminal
from posclient.db.connection import TILL_FILE, connect
from sync.credentials import FILE_NAME

if TYPE_CHECKING:
    from tests.sim.world import Till, World

#: How often somebody's payment is open on the copy: that cart is sold twice, under one id.
PAYING = 0.5
#: How often the next thing comes within a minute or two, while what HQ leased on top for that cart still counts.
SOON = 0.5
#: How often the keys are not on that disk: a keyring stays as it is.
KEYRING = 0.5


class Disks:
    """``world``'s, by a chance of its own."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, Random(f"disks {seed}")
        self.fail = self.chance.random() < 1 / world.mix.failing

    def act(self) -> None:
        """Perhaps a copy is made, or put back."""
        if self.fail and not self.world.restored and self.chance.random() < 1 / self.world.mix.fails:
            till = self.world.tills[self.chance.choice(list(self.world.tills))]
            if self._copy_of(till).exists():
                self._put_back(till)
            else:
                self._make_copy(till)

    def _make_copy(self, till: Till) -> None:
        paying = self.chance.random() < PAYING
        if paying:
            till.do(till.hands.wait_at_payment)
        till.hands.close()
        shutil.copytree(till.folder, self._copy_of(till))
        self.world.note(till.name, "disk copied")
        self._start(till)
        if paying and self.chance.random() < SOON:
            till.do(till.hands.sell)
            till.do(till.sync)
            self._put_back(till)

    def _put_back(self, till: Till) -> None:
        till.hands.close()
        till.replaced = till.moved = True
        self.world.forgets(till)
        copy = self._copy_of(till)
        if self.chance.random() < KEYRING and till.me.terminal == _name(copy):
            shutil.copy(till.folder / FILE_NAME, copy)
        shutil.rmtree(till.folder)
        copy.rename(till.folder)
        self.world.note(till.name, "disk put back")
        self._start(till)
        if self.chance.random() < SOON:
            till.do(till.sync)
            if till.is_copy():
                till.do(till.enrol_anew)
            till.do(till.hands.sell)

    def _start(self, till: Till) -> None:
        """Whoever was told of a sale that is not on this disk has the receipt alone."""
        till.start()
        known = {row[0] for row in till.hands.till.db.execute("SELECT id FROM sale").fetchall()}
        till.hands.told = [one for one in till.hands.told if one in known]
        self.world.counters.seen.get(till.name, set()).intersection_update(known)

    def _copy_of(self, till: Till) -> Path:
        return till.folder.with_name(f"{till.name}.copy")


def _name(folder: Path) -> str:
    with closing(connect(folder / TILL_FILE, read_only=True)) as con:
        return terminal.read(con).terminal
