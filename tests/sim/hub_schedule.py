"""What happens in a store with a hub, beside all that happens everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, cast

from tests.sim.hub_hands import StoreHands
from tests.sim.hub_madness import tamper
from tests.sim.hub_world import StoreTill, StoreWorld
from tests.sim.mixes import mix_of

#: Steps that such a schedule has more, and how many of all are about the hub.
MORE_STEPS, PART = 8, 0.7
#: Who has no way to HQ, and how often: of hub and other till.
WAYS = {(False, True): 50, (True, True): 25, (False, False): 15, (True, False): 10}


def has_hub(seed: int) -> bool:
    """Is the schedule of ``seed`` one with a hub?"""
    return Random(f"hub {seed}").random() < mix_of(seed).hubs


def begin(world: StoreWorld) -> None:
    """The programs start; soon the ways to HQ are not what they were."""
    world.may_go_mad = world.chance.random() < world.mix.mad
    for till in world.store:
        till.do(till.sync)
    if world.chance.random() < 0.8:
        _ways_change(world)


def step(world: StoreWorld) -> bool:
    """One thing that is about the hub; False: anything else is to happen."""
    chance = world.chance
    if chance.random() >= PART:
        return False
    world.time += timedelta(seconds=chance.randint(1, 240))
    till = chance.choice(world.store)
    acts: list[tuple[int, Callable[[], Any]]] = [
        (10, partial(_ways_change, world)),
        (30, partial(_sell_and_send, till)),
        (22, lambda: till.do(till.sync)),
        (7, lambda: till.do(till.sync, chance.randint(1, 150))),
        (8, partial(_cart_waits, world, till)),
        (5, partial(_news_by_way_of_the_hub, world)),
        (4, lambda: world.appoint(chance.choice([*(one.name for one in world.store if one.me.store == "S001"), None]))),
        (2, lambda: till.do(till.restart)),
        (6 * world.may_go_mad, partial(_mind_changes, world.hub())),
        (8 * world.may_go_mad, partial(_disk_changes, world.hub())),
    ]
    weights, calls = zip(*acts, strict=True)
    chance.choices(calls, weights)[0]()
    return True


def _ways_change(world: StoreWorld) -> None:
    """The store's line is down, or one till's, or everybody's way is good again."""
    hub = world.hub()
    for_hub, for_others = world.chance.choices(list(WAYS), list(WAYS.values()))[0]
    for till in world.store:
        till.down = for_hub if till is hub else for_others
    world.note("down", [till.name for till in world.store if till.down])


def _sell_and_send(till: StoreTill) -> None:
    """A sale wakes the sync."""
    till.do(till.hands.sell)
    till.do(till.sync)


def _cart_waits(world: StoreWorld, till: StoreTill) -> None:
    """While the other till sells, perhaps to the same member, who has gone there."""
    till.do(cast("StoreHands", till.hands).leave_open)
    world.time += timedelta(minutes=world.chance.choice([2, 8, 12, 30]))
    for one in (other for other in world.store if other is not till):
        _sell_and_send(one)
    world.time += timedelta(minutes=world.chance.choice([1, 5]))
    till.do(till.hands.sell)


def _news_by_way_of_the_hub(world: StoreWorld) -> None:
    """HQ changes something, and who has a way hears of it first."""
    world.change_rows()
    for till in sorted(world.store, key=lambda one: one.down):
        till.do(till.sync)


def _mind_changes(till: StoreTill) -> None:
    till.mad = not till.mad
    till.world.books.tainted.add(till.name)
    till.world.note(till.name, "mad" if till.mad else "sane")


def _disk_changes(till: StoreTill) -> None:
    till.world.books.tainted.add(till.name)
    till.world.note(till.name, "hub's disk:", tamper(till, till.world.chance))
