"""Full groups of units, dearest first, for promotions that reward buying several (pricing.md, step 2).

Equal groups that follow each other are one run, so that a line of a million pieces costs no more than one of three.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from posclient.domain.pricing.shares import Held, Part, add


@dataclass(frozen=True, slots=True)
class Member:
    """``units`` of the line at ``place`` in each group, and the fen taken off them in all groups of the run."""

    place: int
    units: int
    amount: int


@dataclass(frozen=True, slots=True)
class Run:
    """``times`` full groups with the same members."""

    times: int
    members: tuple[Member, ...]


#: times, and (place, units in each group)
OpenRun = tuple[int, list[tuple[int, int]]]
#: run number, place, reduction of that line in that run
Entry = tuple[int, int, Part]


def full_groups(held: Held, size: int) -> Iterator[OpenRun]:
    """All units in full groups of ``size``, dearest first; what is left over is in none."""
    group: list[tuple[int, int]] = []
    lacking = size
    for place in held.dearest_first():
        left = held.qtys[place]
        if group:
            used = min(left, lacking)
            group.append((place, used))
            left, lacking = left - used, lacking - used
            if lacking:
                continue
            yield 1, group
        if left >= size:
            yield left // size, [(place, size)]
        left %= size
        group, lacking = ([(place, left)], size - left) if left else ([], size)


def by_line(entries: Sequence[Entry], lines: int) -> list[Part]:
    """The reductions of a line, added up over the runs."""
    found: list[Part] = [(0, 1)] * lines
    for _, place, part in entries:
        found[place] = add(found[place], part)
    return found


def runs_with_amounts(open_runs: Sequence[OpenRun], entries: Sequence[Entry], amounts: Sequence[int]) -> list[Run]:
    """Split each line's whole fen over the runs that reduced it, in proportion, without losing one.

    A line's amount up to a run is the floor of its share so far, so the last run gets exactly what is left.
    Runs that got nothing are left out.
    """
    wholes = by_line(entries, len(amounts))
    so_far: list[Part] = [(0, 1)] * len(amounts)
    given = [0] * len(amounts)
    found: dict[tuple[int, int], int] = {}
    for run, place, part in entries:
        if not part[0]:
            continue
        so_far[place] = num, den = add(so_far[place], part)
        whole_num, whole_den = wholes[place]
        upto = amounts[place] * num * whole_den // (den * whole_num)
        found[run, place] = upto - given[place]
        given[place] = upto
    runs = [
        Run(times, tuple([Member(place, units, found.get((n, place), 0)) for place, units in members]))
        for n, (times, members) in enumerate(open_runs)
    ]
    return [run for run in runs if any(member.amount for member in run.members)]
