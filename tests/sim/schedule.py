"""One schedule: so many steps by chance, then fair weather until everything has come through."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from posclient.db import inbox, retention
from posclient.db.inbox import Applied, Page
from posclient.db.live_cache import LiveCache
from posclient.errors import PosError
from sync import engine, poked
from sync.hq import snapshots
from sync.hq.feeds import Change
from tests.sim import contests, counter_books, coupon_books, hub_books, hub_schedule, orders, published
from tests.sim.deaths import Deaths
from tests.sim.healed import check
from tests.sim.hub_schedule import has_hub
from tests.sim.hub_world import StoreWorld, played
from tests.sim.meanwhile import others
from tests.sim.mixes import mix_of
from tests.sim.world import PLACELESS, Till, World

#: Cycles of one till after which nothing may be left to send or to pull.
CYCLES = 3
#: What goes into one push and one page: so few that a cycle has many, and as in the field.
MOST_FACTS, PAGE_ROWS = (2, 500), (2, 500)
#: How long a till keeps what HQ's backup has: none of these shops stays open for a month.
KEEP = timedelta(minutes=2)


#: In how many HQ has another snapshot after each change, of several chunks: a load that is cut goes on with its own.
MOVES_ON = 0.25
#: By so many minutes clocks are wrong that nobody has looked at: what HQ holds for ten would be over, or to come.
UNNOTICED = (45, -45, 100, -100)
#: How many begin with a backup, so that HQ can be restored early.
BACKED_UP = 0.4


def run(template: Path, folder: Path, seed: int, steps: int, deaths: Deaths) -> World:
    """Live through the schedule of ``seed`` and check what must hold then; ``AssertionError`` says what does not."""
    with _begun(template, folder, seed, deaths) as world, others(world, seed):
        _live(world, seed, steps)
    return world


@contextmanager
def _begun(template: Path, folder: Path, seed: int, deaths: Deaths) -> Iterator[World]:
    """The world of ``seed``, for as long as it lives."""
    kind = "leasing" if Random(seed).random() < mix_of(seed).leasing else "plain"
    if has_hub(seed):
        store = StoreWorld(template / "hub", folder, seed, deaths)
        with played(store):
            yield store
    else:
        yield World(template / kind, folder, seed, deaths)


def _live(world: World, seed: int, steps: int) -> None:
    try:
        if world.chance.random() < BACKED_UP:
            world.back_up()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(retention, "KEEP", KEEP)
            if Random(f"snapshots {seed}").random() < MOVES_ON:
                patch.setattr(snapshots, "MOST_BEHIND_ROWS", 0)
                patch.setattr(snapshots, "_PIECE", 1000)
                patch.setattr(snapshots, "MOST_PLAIN", 1)
            patch.setattr(engine, "MOST_FACTS", world.chance.choice(MOST_FACTS))
            for puller in (engine, poked):
                patch.setattr(puller, "PAGE_ROWS", world.chance.choice(PAGE_ROWS))
            if not isinstance(world, StoreWorld):
                patch.setattr(inbox, "apply_page", leads_on(inbox.apply_page))
            if isinstance(world, StoreWorld):
                hub_schedule.begin(world)
                steps += hub_schedule.MORE_STEPS
            _weather(world, seed, steps + world.mix.more_steps)
        heal(world)
        check(world)
        published.check(world)
        counter_books.check(world)
        coupon_books.check(world)
        orders.check(world)
        if isinstance(world, StoreWorld):
            hub_books.check(world)
    except BaseException:
        print(*world.trace, f"SEED={seed}", sep="\n")
        raise
    finally:
        world.close()
        shutil.rmtree(world.folder)


def _weather(world: World, seed: int, steps: int) -> None:
    """All that happens before it turns fair."""
    contested = Random(f"contests {seed}") if _clocks_are_wrong(world, seed) else None
    for number in range(steps):
        if contested is not None and number == steps // 2:
            contests.play(world, contested)
        world.hq_strays()
        world.headquarters.act()
        world.people_order()
        world.machines_move()
        world.disks.act()
        if not (isinstance(world, StoreWorld) and hub_schedule.step(world)):
            _step(world)


def leads_on(apply_page: Callable[..., Applied]) -> Callable[..., Applied]:
    """HQ's own pages never leave a row out, taken away or not: at the head the till has what HQ has.

    A hub's may: one that it had earlier, behind a later one. Count and checksum show it, and HQ mends it.
    """

    def applied(cache: LiveCache, page: Page, now: datetime) -> Applied:
        found = apply_page(cache, page, now)
        assert found.agrees, f"{page.feed}: a page from {page.from_} to {page.to} has left something out"
        return found

    return applied


def _step(world: World) -> None:
    chance = world.chance
    world.time += timedelta(seconds=chance.randint(1, 600))
    till = world.tills[chance.choice(list(world.tills))]
    hands = till.hands
    acts: list[tuple[int, Callable[[], None]]] = [
        (24, lambda: till.do(hands.sell)),
        (6, lambda: till.do(hands.register)),
        (3, lambda: till.do(hands.order)),
        (2, lambda: till.do(hands.follow_up)),
        (22, lambda: till.do(till.sync)),
        (5, lambda: till.do(hands.sell, chance.randint(1, 60))),
        (9, lambda: till.do(till.sync, chance.randint(1, 120))),
        (8, lambda: till.do(till.poked)),
        (2, lambda: till.do(till.poked, chance.randint(1, 40))),
        (2, lambda: till.do(till.restart)),
        (3, lambda: _wrong_clock(world, till)),
        (5, lambda: _time_passes(world)),
        (1, till.revoke),
        (2, lambda: till.do(till.enrol_anew)),
        (1, lambda: till.do(till.enrol_anew, chance.randint(1, 80))),
        (7, world.change_rows),
        (4, world.deliver_late),
        (2, world.restart_hq),
        (3, world.back_up),
        (3, world.restore),
    ]
    weights, calls = zip(*acts, strict=True)
    chance.choices(calls, weights)[0]()


def _clocks_are_wrong(world: World, seed: int) -> bool:
    """In some schedules those of all tills, as HQ tells them with each contact; there one coupon is used twice."""
    chance = Random(f"slow clocks {seed}")
    if chance.random() >= 1 / world.mix.unnoticed:
        return False
    for till in world.tills.values():
        till.clock.skew, till.misled = timedelta(minutes=chance.choice(UNNOTICED)), True
        world.note(till.name, "clock", till.clock.skew)
    return True


def _wrong_clock(world: World, till: Till) -> None:
    till.clock.skew = timedelta(seconds=world.chance.choice([0, 0, 30, -30, 3600, -3600, 86400, -3 * 86400]))
    till.misled |= abs(till.clock.skew) > timedelta(minutes=1)
    world.note(till.name, "clock", till.clock.skew)


def _time_passes(world: World) -> None:
    """A night, a quiet Sunday, a holiday. HQ takes a row away before; after a long one nobody can list it any more."""
    world.publish(Change("global", "tier", f"T{len(world.trace) % 8 + 1}", None))
    world.daily_round()
    world.time += timedelta(hours=world.chance.choice([14, 26, 50, 200]))
    world.note("now", world.time)
    world.daily_round()


def heal(world: World) -> None:
    """The line is whole, HQ up, clocks right. What was restored is taken by a person; each till sells once more."""
    world.hq_clock.skew = timedelta()
    while world.late:
        world.deliver_late()
    for till in world.tills.values():
        till.weather.bad, till.clock.skew = False, timedelta()
        if till.moved:
            _find_a_place(world, till)
        till.do(till.hands.sell)
        with suppress(PosError):  # what stays unsent is a matter of the cycles that follow
            till.send()
        if till.is_copy():
            till.do(till.enrol_anew)
            till.do(till.sync)
            till.do(till.hands.sell)
    for till in world.tills.values():
        _settle(world, till, accept=world.restored)
    for till in world.tills.values():
        if till.is_behind():
            _settle(world, till, accept=world.restored)


def _find_a_place(world: World, till: Till) -> None:
    """The till says that it has none, or that it is a copy; a person enrols it anew."""
    report = till.cycle(accept=world.restored)
    if till.is_copy() or (report.error is not None and report.error.code in PLACELESS):
        till.do(till.enrol_anew)


def _settle(world: World, till: Till, accept: bool) -> None:
    for _ in range(CYCLES):
        report = till.cycle(accept=accept)
        if report.error is None and not report.held and report.unsent == 0:
            world.note(till.name, "settled")
            return
    raise AssertionError(f"{till.name} does not come through: {report}")
