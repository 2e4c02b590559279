"""Tills and HQ in every weather: once it is fair, both ends are equal, and nothing is there twice.

``make sim N=100000`` lives through as many schedules; ``make sim N=1 SEED=...`` through one again.
"""

from __future__ import annotations

import sqlite3
import time
from itertools import count, islice
from pathlib import Path

import pytest

from tests.sim.counter_mutants import COUNTER
from tests.sim.coupon_mutants import COUPONS
from tests.sim.deaths import Deaths
from tests.sim.fleeting_mutants import FLEETING
from tests.sim.hub_schedule import has_hub
from tests.sim.mutants import FIRST_SEED, HUB_MUTANTS, MUTANTS
from tests.sim.order_mutants import ORDERS
from tests.sim.schedule import run
from tests.sim.stale_mutants import HUB_STALE, STALE

#: Workers that may share the schedules among them; what happens in each before the weather turns fair.
PARTS, STEPS = 2, 16
#: Schedules within which a fault of ours has to show.
SEARCH = 400
AWAY_FROM_HUBS, AT_HUBS = MUTANTS | FLEETING | COUNTER | STALE | ORDERS | COUPONS, HUB_MUTANTS | HUB_STALE


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_schedule_ends_with_both_ends_equal(
    place: Path, deaths: Deaths, seed: int, schedules: int, part: int
) -> None:
    """T-10, T-12, T-16, T-18, T-20, T-24, G-1, G-2, G-3, G-4, G-7, S-12, S-14, S-17, S-18, S-21: lost, doubled, late
    and reordered calls, ends of tills and of HQ at any statement, wrong clocks, a restored HQ, coupons and phones used
    in two places, leases that end and run out, tills that are revoked and enrolled anew; and in three of ten a store's
    hub that dies, is replaced, or goes mad. T-13, M7, S-19: people who leave payment open, take things out, ask a
    manager, or pay with a card that hangs; people at HQ; machines that move, and disks that are put back."""
    number = max(1, schedules // PARTS)
    first, began = seed + part * number, time.monotonic()
    print(f"SEED={first}")
    for done, one in enumerate(range(first, first + number)):
        if done and done % 500 == 0:
            print(f"{done} schedules in {time.monotonic() - began:.0f} s", flush=True)  # seen with -n 0 -s
        run(place / "chain", place / "run", one, STEPS, deaths)
    took = time.monotonic() - began
    print(f"{number} schedules of {STEPS} steps in {took:.0f} s, {number / took:.1f} a second")


def test_a_seed_means_the_same_each_time(place: Path, deaths: Deaths, seed: int) -> None:
    """Else a failure could not be looked at again."""
    hashes = {run(place / "chain", place / "run", seed, STEPS, deaths).hash for _ in range(2)}
    assert len(hashes) == 1, f"SEED={seed}"


@pytest.mark.parametrize("name", [*AWAY_FROM_HUBS, *AT_HUBS])
def test_a_fault_of_ours_would_be_found(
    place: Path, deaths: Deaths, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A simulation that does not see a missing duplicate check, or a cursor that runs ahead, proves nothing."""
    (AWAY_FROM_HUBS | AT_HUBS)[name](monkeypatch)
    seeds = (seed for seed in count(FIRST_SEED.get(name, 0)) if has_hub(seed) == (name in AT_HUBS))

    def search() -> None:
        for seed in islice(seeds, SEARCH):
            run(place / "chain", place / "run", seed, STEPS, deaths)

    with pytest.raises((AssertionError, sqlite3.IntegrityError)):
        search()
