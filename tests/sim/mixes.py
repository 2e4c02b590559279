"""How often what happens in a schedule: in most as where shops live, in some as in the worst week of a chain.

The hard ones find in one schedule what the others find in five, and take twice as long; but a world where everything
happens at once hides what a quiet one shows, so both are lived through.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

#: How many schedules are hard.
HARD = 0.25


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares are of 1; what is "one in" happens in one of so many schedules, or at one step, call or key of so many."""

    #: Schedules where two processes of HQ share the tills.
    two_processes: float = 0.3
    #: Those of the chain that leases; those with a hub; of these, where it may go mad, or its disk.
    leasing: float = 0.5
    hubs: float = 0.3
    mad: float = 0.3
    #: One in: people sell while their till's sync waits, at one call of ``goes_on``; a sync comes between two keys.
    busy: int = 2
    goes_on: int = 5
    between_keys: int = 8
    #: One in: disks are put back, at one step of so many.
    failing: int = 12
    fails: int = 5
    #: One in: guides order much for their customers; a machine moves; HQ's clock is put wrong; people leave payment
    #: open; people have second thoughts.
    ordering: int = 4
    moving: int = 15
    straying: int = 12
    #: One in: the clock of each till is wrong from the first day on, and nobody sets it right.
    unnoticed: int = 10
    leaving: int = 5
    wavering: int = 3
    #: One in: people at HQ are busy.
    headquarters: int = 5
    #: How often somebody else is quicker, before each transaction of a till's call.
    quicker: float = 0.08
    #: Of a hundred calls: late ones, and doubled ones.
    late: int = 6
    twice: int = 6
    more_steps: int = 0


def mix_of(seed: int) -> Mix:
    """The mix of that schedule."""
    chance = Random(f"mix {seed}")
    return _hard(chance) if chance.random() < HARD else Mix()


def _hard(chance: Random) -> Mix:
    made = Mix(
        leasing=0.8, hubs=0.5, mad=0.6, busy=1, goes_on=chance.choice([3, 5]), between_keys=chance.choice([4, 8]),
        failing=chance.choice([1, 3, 100]), fails=chance.choice([4, 6]), moving=chance.choice([3, 6, 15]),
        straying=chance.choice([3, 12]), leaving=chance.choice([2, 5]), wavering=chance.choice([1, 3]),
        ordering=2, two_processes=0.5, headquarters=chance.choice([1, 5]), quicker=chance.choice([0.08, 0.2]),
    )  # fmt: skip
    return replace(made, late=chance.choice([6, 16]), twice=chance.choice([2, 6]), more_steps=chance.choice([0, 0, 14]))
