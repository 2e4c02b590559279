"""Upper bounds for the search: what a set of coupons can take off at most.

Two are used. The plain one adds up what each coupon takes off now, since later it takes no more. The linear one
(``Linear``) is fixed once for a whole search, and sees how coupons get into each other's way.

Rooms: ``room[group]`` is how many more of a group a set may hold; group -1 stands for no group.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from posclient.domain.pricing.candidates import Candidates

Worth = TypeVar("Worth", int, float)


def best_within(
    options: Iterable[tuple[Worth, int]], slots: int, room: Sequence[int], group: Sequence[int]
) -> list[tuple[Worth, int]]:
    """The first ``slots`` of (worth, candidate), sorted best first, that the rooms of their groups allow."""
    found: list[tuple[Worth, int]] = []
    used: dict[int, int] = {}
    for option in options:
        number = group[option[1]]
        if number >= 0:
            before = used.get(number, 0)
            if before >= room[number]:
                continue
            used[number] = before + 1
        found.append(option)
        if len(found) == slots:
            break
    return found


class Partners(Generic[Worth]):
    """The best ``slots`` among the candidates met so far, from the last to the first: what may follow each of them."""

    def __init__(self, slots: int, room: Sequence[int]) -> None:
        self._slots = slots
        self._room = room
        # Worst first. One more of a group than fits beside its own member is never wanted, so slots + 1 hold all that
        # can count.
        self._best: list[tuple[Worth, int]] = []
        self._total: Worth = 0
        self._of_group: dict[int, int] = {}

    def beside(self, group: int) -> Worth:
        """The greatest worth of up to ``slots`` of them beside a member of ``group``."""
        if group >= 0 and self._of_group.get(group, 0) >= self._room[group]:
            return self._without_one(group)
        return self._total - self._best[0][0] if len(self._best) > self._slots else self._total

    def _without_one(self, group: int) -> Worth:
        """Of a group whose room is full only those count that leave a place for one more."""
        own = self._room[group] - 1
        total: Worth = 0
        left = self._slots
        for worth, other in reversed(self._best):
            if other == group:
                if own <= 0:
                    continue
                own -= 1
            if not left:
                break
            total += worth
            left -= 1
        return total

    def add(self, worth: Worth, group: int) -> None:
        best = self._best
        if len(best) > self._slots and best[0][0] >= worth:
            return
        if group >= 0 and self._of_group.get(group, 0) >= self._room[group]:
            least = next(n for n, (_, other) in enumerate(best) if other == group)
            if best[least][0] >= worth:
                return
            self._drop(least)
        insort(best, (worth, group))
        self._total += worth
        self._of_group[group] = self._of_group.get(group, 0) + 1
        if len(best) > self._slots + 1:
            self._drop(0)

    def _drop(self, n: int) -> None:
        worth, group = self._best.pop(n)
        self._total -= worth
        self._of_group[group] -= 1


def best_set(candidates: Candidates, weights: Sequence[float]) -> list[tuple[float, int]]:
    """The permitted set with the greatest sum of weights."""
    ranked = sorted(zip(weights, range(len(weights)), strict=True), reverse=True)
    return best_within(ranked, candidates.slots, candidates.room, candidates.group)
