"""Valet orders: what guides order for whom, and what of it must be true when everybody has heard of everything."""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from random import Random
from typing import TYPE_CHECKING

from nacl.public import PrivateKey, SealedBox
from sqlmodel import select

from posclient.actions import members, valet
from posclient.actions.till import Till as OpenTill
from posclient.db import valet_orders
from posclient.domain.valet import Address
from posclient.errors import DataError
from sync.hq.erasing import is_forgotten
from sync.hq.fact_tables import Quarantine, SideRow, ValetOrderRow
from tests.sim.chain_to_copy import MEMBERS, PHONES, SKUS

if TYPE_CHECKING:
    from tests.sim.world import Till, World

#: People who are asked for; who registered may ask to be forgotten.
CUSTOMERS = ("", *(f"C{name}" for name in MEMBERS), *PHONES, *PHONES)
#: So many pieces: a few times nobody has as many.
PIECES = (1, 1, 2, 3, 700)
#: The place that the customer is told of, and none.
TOLD = ("S001", "S002", None)
#: More than anybody orders.
ALL = 10_000
_ORDERS, _SIDES, _ASIDE = select(ValetOrderRow), select(SideRow), select(Quarantine.fact)


class Wishes:
    """What a customer wants who does not find it here."""

    def __init__(self, seed: str) -> None:
        self.chance, self._told = Random(f"orders {seed}"), Random(f"told {seed}")

    def place(self, till: OpenTill) -> str:
        """An order; its number."""
        lines = [(sku, self.chance.choice(PIECES)) for sku in self.chance.sample(SKUS, self.chance.randint(1, 2))]
        who = self.chance.choice(CUSTOMERS)
        found = members.find(till, who) if who else ()
        home = Address("Li", self.chance.choice(PHONES), f"Lane {self.chance.randint(1, 999)}")
        address = home if self.chance.random() < 0.7 else None
        told = self._told.choice(TOLD)
        return valet.place(till, lines, found[0].id if found else None, address, 0, till.person().id, told).number


def check(world: World) -> None:
    """Each order is at HQ once, under a number of its own; guides see HQ's answer; addresses are HQ's and this till's,
    and nobody's once their member was forgotten.
    """
    with world.database.read() as session:
        there = list(session.exec(_ORDERS))
        aside = set(session.exec(_ASIDE))
        sides: defaultdict[str, list[SideRow]] = defaultdict(list)
        for side in session.exec(_SIDES):
            sides[side.fact].append(side)
        gone = {row.fact for row in there if row.member and is_forgotten(session, row.member)}
    _are_there_once(there, {place for till in world.tills.values() if till.replaced for place in till.places})
    rows = {row.id: row for row in there}
    for till in world.tills.values():
        for one in valet.orders(till.hands.till, ALL):
            if one.id not in rows:
                assert one.id in aside, f"{till.name}: HQ has no order {one.number}"
                continue
            _is_answered(till, rows[one.id])
            _is_sealed(world, till, rows[one.id], sides, gone)


def _are_there_once(there: list[ValetOrderRow], replaced: set[str]) -> None:
    """A copy of a disk gives numbers again that the other history of its till gave, until HQ has told the two apart."""
    names = Counter(row.id for row in there)
    names.update(row.number for row in there if row.terminal not in replaced)
    twice = [one for one, many in names.items() if many > 1]
    assert not twice, f"orders are there twice: {twice}"


def _is_answered(till: Till, row: ValetOrderRow) -> None:
    """In the place where it was made; a machine that moved follows its new place's feed."""
    here = till.hands.till
    placed = valet_orders.by_id(here.reference.cache, here.db, row.id)
    if row.terminal == till.me.terminal and placed is not None:
        seen, there = (placed.order.state, placed.order.ships_from), (row.state, row.ships_from)
        assert seen == there, f"{till.name}: order {row.number} is {there}, and people see {seen}"


def _is_sealed(
    world: World, till: Till, row: ValetOrderRow, sides: Mapping[str, list[SideRow]], gone: set[str]
) -> None:
    mine = _address(till, row.id)
    theirs = [_opened(world, side) for side in sides.get(row.fact, ())]
    if row.fact in gone and not world.restored:
        assert not theirs, f"HQ has the address of {row.number}, whose member was forgotten"
        if row.terminal == till.me.terminal:
            assert mine is None, f"{till.name} has the address of {row.number}, whose member was forgotten"
    elif mine is not None and not world.restored:
        assert theirs == [asdict(mine)], f"address of {row.number}: {mine} here, {theirs} at HQ"


def _address(till: Till, order: str) -> Address | None:
    """As this till has it; a key that was sealed when its machine was enrolled anew is gone for good."""
    try:
        return valet_orders.address(till.hands.till.db, order, till.own.key or b"")
    except DataError:
        return None


def _opened(world: World, side: SideRow) -> object:
    key = PrivateKey(world.hq._keys.seal_private)
    return json.loads(SealedBox(key).decrypt(base64.b64decode(side.sealed)))
