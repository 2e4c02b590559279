"""A power cut at any moment, and any part of what was not synced lost: nothing that was told to anybody is gone.

``make crash N=100000`` looks at as many states; ``SEED=...`` at those of one day again.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.crash import page_faults
from tests.crash.day import Day, record
from tests.crash.faults import ACTS, KINDS, HalfDoneError, strike, template
from tests.crash.judging import LostError, judge
from tests.crash.mutants import MUTANTS, PAGES, rewritten
from tests.crash.power_cut import crashes

#: Workers that may share the states among them.
PARTS = 2
#: States of one day, and its actions; the next ones come from another day.
OF_A_DAY, STEPS = 2000, 25


def days(seed: int, number: int) -> Iterator[tuple[int, int]]:
    """Seeds of days, and how many states to take of each."""
    for day, first in enumerate(range(0, number, OF_A_DAY)):
        yield seed + day, min(OF_A_DAY, number - first)


def look(memory: Path, seed: int, states: int, steps: int = STEPS, only: tuple[str, ...] = ()) -> Day:
    """Live through the day of ``seed``, cut its power ``states`` times."""
    folder = memory / "till"
    folder.mkdir()
    day = record(folder, seed, steps, only)
    for left in crashes(day.disk, Random(seed), states):
        try:
            judge(day, left, memory / "left")
        except LostError as error:
            raise LostError(f"SEED={seed}: {error}") from error
    shutil.rmtree(folder)
    return day


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_what_was_told_survives_a_power_cut(memory: Path, seed: int, states: int, part: int) -> None:
    """T-1, T-2: sales, members, orders and follow-ups are there once with their outbox rows; the till sells on."""
    began, number = time.monotonic(), states // PARTS
    first = seed + part * (states // OF_A_DAY + 1)
    print(f"SEED={first}")
    events = done = 0
    for one, share in days(first, number):
        events += len(look(memory, one, share).disk.events)
        done += share
        print(f"{done} crash states in {time.monotonic() - began:.0f} s", flush=True)  # seen with -n 0 -s
    took = time.monotonic() - began
    print(f"{number} crash states of {events} writes, syncs and moves in {took:.0f} s, {number / took:.0f} a second")
    assert events > number / OF_A_DAY * 300, "a day with hardly a write proves nothing"


@pytest.mark.parametrize("name", MUTANTS)
def test_a_fault_of_ours_would_be_found(memory: Path, name: str) -> None:
    """A harness that does not see it when commits do not wait, or what belongs together is apart, proves nothing."""
    only = ("page",) if name in PAGES else ()

    def search() -> None:
        for seed in range(5):
            look(memory, seed, 300, 12, only)

    with rewritten(MUTANTS[name]), pytest.raises(LostError):
        search()


@pytest.mark.parametrize("act", ACTS)
def test_a_disk_that_refuses_leaves_nothing_half_done(memory: Path, seed: int, states: int, act: str) -> None:
    """T-5, T-6: a code that says what is wrong, no half sale, and the same sale goes through afterwards."""
    (memory / "made").mkdir()
    made, chance = template(memory / "made"), Random(seed)
    print(f"SEED={seed}")
    share = min(1.0, states / 2000)
    struck = 0
    for kind in KINDS:
        for stays in (False, True):
            n, there = 1, True
            while there:
                if n < 4 or chance.random() < share:
                    there = strike(made, memory / "struck", act, kind, n, stays)
                    struck += there
                n += 1
    assert struck > len(KINDS)


def test_a_disk_that_refuses_leaves_no_half_page(memory: Path, seed: int, states: int) -> None:
    """T-5, S-28: rows of HQ's and the cursor behind them, both or neither; the same page goes through afterwards."""
    (memory / "made").mkdir()
    made, chance = page_faults.template(memory / "made"), Random(seed)
    print(f"SEED={seed}")
    struck = 0
    for kind in KINDS:
        for stays in (False, True):
            n, there = 1, True
            while there:
                if n < 4 or chance.random() < min(1.0, states / 2000):
                    there = page_faults.strike(made, memory / "struck", kind, n, stays=stays)
                    struck += there
                n += 1
    assert struck > len(KINDS)


def test_half_a_page_on_a_full_disk_would_be_found(memory: Path) -> None:
    (memory / "made").mkdir()
    made = page_faults.template(memory / "made")

    def search() -> None:
        for n in range(1, 80):
            page_faults.strike(made, memory / "struck", "no room", n, stays=True)

    with rewritten(MUTANTS["rows of a page and its cursor in two transactions"]), pytest.raises(HalfDoneError):
        search()


def test_half_a_sale_on_a_full_disk_would_be_found(memory: Path) -> None:
    """The same with fact and sale in two transactions."""
    (memory / "made").mkdir()
    made = template(memory / "made")

    def search() -> None:
        for n in range(1, 80):
            strike(made, memory / "struck", "sale", "no room", n, stays=False)

    with rewritten(MUTANTS["fact and sale in two transactions"]), pytest.raises(HalfDoneError):
        search()
