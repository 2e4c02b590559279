"""What holds of a store with a hub, whatever the hub and the ways to it go through (protocol.md, store hub)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zstandard

from posclient.db.connection import TILL_FILE, connect
from posclient.db.hub_file import HUB_FILE, HubFile
from posclient.db.live_cache import LiveCache
from posclient.domain.facts import SALE_COMPLETED
from posclient.domain.leases import HOLD
from sync.hub.holds import HeldHere, Holds
from tests.actions.kidswear import OPENING

if TYPE_CHECKING:
    from tests.sim.hub_world import StoreTill, StoreWorld


@dataclass(frozen=True, slots=True)
class Grant:
    """A hub's word that a coupon is one till's; ``number``: which of all that happened. ``program``: of the hub."""

    number: int
    at: datetime
    hub: str
    program: int
    terminal: str


@dataclass(frozen=True, slots=True)
class Use:
    """A sale used a coupon by the hub's word."""

    at: datetime
    coupon: str
    grant: Grant


@dataclass
class HubBooks:
    """``faults``: what a hub said that it must not have said. ``tainted``: hubs that went mad, or whose disk did.

    ``handed``: by hub, coupon and till, when a sale that used it first lay there.
    """

    faults: list[str] = field(default_factory=list)
    tainted: set[str] = field(default_factory=set)
    grants: dict[str, list[Grant]] = field(default_factory=dict)
    handed: dict[tuple[str, str, str], int] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    happened: int = 0
    programs: int = 0

    def answered(
        self, hub: str, terminal: str, asked: Mapping[str, Any], payload: bytes, said: Mapping[str, Any]
    ) -> None:
        """An honest hub answers a question."""
        if asked.get("call") == "hand" and "has" in said:
            self.happened += 1
            for coupon in _coupons_in(payload):
                self.handed.setdefault((hub, coupon, terminal), self.happened)

    def granted(self, now: datetime, hub: Path, program: int, terminal: str, coupons: Sequence[str]) -> None:
        """A hub gives coupons to a till: nobody else of the store may have them."""
        with closing(connect(hub / TILL_FILE, read_only=True)) as con:
            own = {one for (one,) in con.execute("SELECT coupon FROM coupon_use").fetchall()}
        for coupon in coupons:
            self.happened += 1
            grant = Grant(self.happened, now, hub.name, program, terminal)
            if hub.name not in self.tainted:
                self.faults += self._wrong(grant, coupon, own)
            self.grants.setdefault(coupon, []).append(grant)

    def _wrong(self, grant: Grant, coupon: str, own: set[str]) -> Iterator[str]:
        said = f"{grant.hub} gives {coupon} to {grant.terminal}"
        if coupon in own:
            yield f"{said}, and has used it itself"
        for hub, what, terminal in self.handed:
            if (hub, what) == (grant.hub, coupon) and terminal != grant.terminal:
                yield f"{said}; {terminal} used it, and handed that in"
        for other in self.grants.get(coupon, []):
            same = other.hub == grant.hub and other.program == grant.program and other.terminal != grant.terminal
            if same and grant.at - other.at < HOLD:
                yield f"{said}; it is in the cart of {other.terminal}"

    def sold(self, till: StoreTill, sale: str, granted: Iterable[str]) -> None:
        """A sale is made; those of ``granted`` that it used by the store's lease, it used by the hub's word."""
        if till.world.is_dead(till.name):
            return
        sql = "SELECT body FROM fact WHERE kind = ? ORDER BY number DESC LIMIT 1"
        body = json.loads(till.hands.till.db.execute(sql, (SALE_COMPLETED,)).fetchone()[0])
        assert body["id"] == sale
        for one in body.get("rights", []):
            if one["right"] == "lease" and one["coupon"] in granted:
                given = [grant for grant in self.grants.get(one["coupon"], []) if grant.terminal == till.me.terminal]
                self.uses += [Use(till.world.time, one["coupon"], given[-1])] if given else []


class WatchedHolds(Holds):
    """A hub's carts, by the world's time; what it gives is written down."""

    def __init__(self, world: StoreWorld, folder: Path) -> None:
        super().__init__(folder, lambda: _seconds(world))
        self.world, self.hub = world, folder
        world.books.programs += 1
        self.program = world.books.programs

    def hold(self, file: HubFile, terminal: str, coupons: Sequence[str]) -> HeldHere:
        said = super().hold(file, terminal, coupons)
        if not self.world.is_dead(self.hub.name):
            self.world.books.granted(self.world.time, self.hub, self.program, terminal, said.held)
        self.world.note(self.hub.name, "holds for", terminal, said.held, [one.code for one in said.refused])
        return said


def check(world: StoreWorld) -> None:
    """When everybody has heard of everything."""
    assert world.books.faults == [], world.books.faults
    twice = list(_used_twice(world.books))
    assert twice == [], twice
    for till in world.store:
        _nothing_is_left(world, till)


def _used_twice(books: HubBooks) -> Iterator[str]:
    """S-17: two tills of a store used one coupon, and both had asked the same hub, which could have known."""
    for one, two in combinations(books.uses, 2):
        same = (one.coupon, one.grant.hub) == (two.coupon, two.grant.hub) and one.grant.hub not in books.tainted
        if not same or one.grant.terminal == two.grant.terminal:
            continue
        known = books.handed.get((one.grant.hub, one.coupon, one.grant.terminal))
        late = any(use.at - use.grant.at > HOLD for use in (one, two))
        if late or (known is not None and known < two.grant.number):
            yield f"{one.coupon}: {one}, {two}{', after its time' if late else ''}"


def _nothing_is_left(world: StoreWorld, till: StoreTill) -> None:
    """HQ's figures count again, and what was handed in is at HQ."""
    with closing(LiveCache(till.folder)) as cache:
        moves = cache.con.execute("SELECT * FROM store_move").fetchall()
    assert moves == [], f"{till.name} adds {moves} to HQ's stock"
    moved = any(one.moved for one in world.tills.values())
    if world.restored or moved or till.name in world.books.tainted or not (till.folder / HUB_FILE).exists():
        return
    with closing(HubFile(till.folder, read_only=True)) as file:
        held = file.held()
    assert (held.waiting, held.refused) == (0, 0), f"{till.name} keeps {held}"


def _coupons_in(payload: bytes) -> Iterator[str]:
    body = zstandard.ZstdDecompressor().decompressobj().decompress(payload)
    for fact in json.loads(body)["facts"]:
        if fact["kind"] == SALE_COMPLETED:
            yield from (one["coupon"] for one in json.loads(fact["body"])["coupons"])


def _seconds(world: StoreWorld) -> float:
    return (world.time - OPENING).total_seconds()
