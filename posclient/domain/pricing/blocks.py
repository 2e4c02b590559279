"""All permitted sets of many coupons, a hundred at a time, where they are few enough to be counted (``reach``).

Sets grow by one later coupon at a time. A block is up to ``ROWS`` sets of one size, the rows of arrays, and one step
works out for all of them what each coupon takes off: so a set costs some microseconds. Blocks wait on a stack, the
most promising uppermost. A set is grown no further only where what the best coupons of each group take off now (later
they take no more) brings it neither to a better total than the best, nor to an equal one with as few coupons and as
little face value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posclient.domain.pricing.block_terms import BlockTerms, Ints, Taken
from posclient.domain.pricing.candidates import Candidates

Flags = NDArray[np.bool_]
#: Rows of a block; fewer where a product of matrices would go to several threads, which costs more than it gives.
ROWS, PRODUCT = 192, 1 << 18


@dataclass(frozen=True, slots=True)
class Block:
    """Rows are sets of one size: their nets, what they took off (pinned coupons with their bonus), face value, last
    candidate, how many of each group, and the candidates as bits, the first to expire the highest.
    """

    size: int
    nets: Ints
    taken: Ints
    face: Ints
    last: Ints
    used: Ints
    bits: Ints


@dataclass(frozen=True, slots=True)
class Plan:
    """A block to be: candidate ``chosen[i]`` beside the set in row ``rows[i]`` of ``parent``, with the total of the
    two and a ceiling of all that can grow from them. Many plans are never carried out.
    """

    parent: Block
    taken: Taken
    rows: Ints
    chosen: Ints
    total: Ints
    ceiling: Ints


class Blocks:
    """``chosen``: the candidates that may be together, in the order taken off. ``rows``: of a block, at most."""

    def __init__(self, candidates: Candidates, chosen: Sequence[int], rows: int = ROWS) -> None:
        self._candidates = candidates
        self._chosen = chosen
        self._terms = BlockTerms(candidates, chosen)
        self._rows = max(1, min(rows, PRODUCT // (self._terms.scopes * len(self._terms.places))))
        coupons = [candidates.coupons[n] for n in chosen]
        self._face = np.array([coupon.face for coupon in coupons], dtype=np.int64)
        self._bonus = np.array([coupon.pinned * candidates.bonus for coupon in coupons], dtype=np.int64)
        self._set_up_groups()
        faceless = np.flatnonzero(self._face == 0)
        #: After which candidates every coupon has a face value, no smaller than what it adds.
        self._faced = np.arange(len(chosen)) >= faceless.max(initial=-1)
        if candidates.bonuses:
            self._faced[:] = False
        self._most = 0
        #: What is looked for is the greatest of (taken off, -coupons, -face value, bits).
        self._best = (0, 0, 0, 0)
        by_expiry = sorted(range(len(chosen)), key=lambda place: candidates.bits[chosen[place]])
        self._bit = np.array([1 << by_expiry.index(place) for place in range(len(chosen))], dtype=np.int64)

    def _set_up_groups(self) -> None:
        groups = np.array([self._candidates.group[n] for n in self._chosen])
        names = np.unique(groups)
        self._group = np.searchsorted(names, groups)
        self._room = np.array([self._candidates.room[name] for name in names], dtype=np.int64)
        self._own = np.arange(len(names))[:, None] == self._group
        self._one_of_each = bool((self._room == 1).all()) and len(names) <= self._candidates.slots
        # by group its members, last first, padded; and by group and candidate, how many members come later
        count = len(self._chosen)
        size = int(self._own.sum(axis=1).max())
        self._members = np.full((len(names), size), count)
        for row, own in zip(self._members, self._own, strict=True):
            members = np.flatnonzero(own)[::-1]
            row[: len(members)] = members
        behind = self._own[:, ::-1].cumsum(axis=1)[:, ::-1] - self._own
        # beside the only one of a group there is none of it
        self._behind = np.where(self._own, 0, behind) if self._one_of_each else behind

    def run(self, nets: Sequence[int], taken: int, count: int, face: int) -> tuple[int, list[int]]:
        """The best set: what it takes off and its candidates; no candidates where each set is worse than what is known.

        Known is a set of ``count`` coupons that takes off ``taken`` (pinned ones with their bonus).
        """
        self._best = (taken, -count, -face, -1)
        start = np.array([[nets[place] for place in self._terms.places]], dtype=np.int64)
        self._most = int(start.sum() + self._bonus.sum())
        zero = np.zeros(1, dtype=np.int64)
        used = np.zeros((1, len(self._room)), dtype=np.int64)
        plans = self._plans(Block(0, start, zero, zero, zero - 1, used, zero))
        while plans:
            plan = plans.pop()
            going = np.flatnonzero(plan.ceiling >= self._best[0])
            if len(going):
                plans += self._plans(self._block(plan, going))
        found = np.flatnonzero(self._bit & max(0, self._best[3]))
        return self._best[0] - int(self._bonus[found].sum()), [self._chosen[place] for place in found.tolist()]

    def _plans(self, block: Block) -> list[Plan]:
        """Sets with one more, the most promising last."""
        taken = self._terms.taken(block.nets, int(block.last.min()) + 1)
        free = (np.arange(len(self._chosen)) > block.last[:, None]) & (block.used < self._room)[:, self._group]
        worth = np.where(free, taken.fen + self._bonus, 0)
        total = block.taken[:, None] + worth
        self._offer(block, worth, total)
        left = self._candidates.slots - block.size - 1
        if not left:
            return []
        more = self._followers(worth, block.used, left)
        ceiling = np.minimum(total + more, self._most)
        going = (worth > 0) & (more > 0) & (total < self._most) & self._promising(block, worth, total, ceiling)
        rows, chosen = np.nonzero(going)
        ceilings = ceiling[rows, chosen]
        order = np.argsort(ceilings)
        parts = [order[begin : begin + self._rows] for begin in range(0, len(order), self._rows)]
        return [
            Plan(block, taken, rows[part], chosen[part], total[rows[part], chosen[part]], ceilings[part])
            for part in parts
        ]

    def _block(self, plan: Plan, going: Ints) -> Block:
        """Carry out the rows ``going`` of a plan."""
        parent, rows, chosen = plan.parent, plan.rows[going], plan.chosen[going]
        used = parent.used[rows]
        used[np.arange(len(rows)), self._group[chosen]] += 1
        return Block(
            parent.size + 1, self._terms.after(parent.nets, plan.taken, rows, chosen), plan.total[going],
            parent.face[rows] + self._face[chosen], chosen, used, parent.bits[rows] | self._bit[chosen],
        )  # fmt: skip

    def _offer(self, block: Block, worth: Ints, total: Ints) -> None:
        """Keep the best set, if it is better."""
        most = int(total.max())
        size = block.size + 1
        if (most, -size) < self._best[:2]:
            return
        rows, chosen = np.nonzero((total == most) & (worth > 0))
        faces = block.face[rows] + self._face[chosen]
        least = int(faces.min())
        bits = int((block.bits[rows] + self._bit[chosen])[faces == least].max())
        self._best = max(self._best, (most, -size, -least, bits))

    def _promising(self, block: Block, worth: Ints, total: Ints, ceiling: Ints) -> Flags:
        """Can one more coupon, or several, make it better than the best?"""
        size = block.size + 1
        best, fewest, face, bits = self._best
        better: Flags = ceiling > best
        equal: Flags = ceiling == best
        if size + 1 > -fewest or not equal.any():
            return better
        if size + 1 < -fewest:
            return better | equal
        # what is still missing costs as much face value at least, where every coupon to come has one
        faces = block.face[:, None] + self._face + np.where(self._faced, best - total, 0)
        first = block.bits[:, None] + self._bit + self._followers(np.where(worth > 0, self._bit, 0), block.used, 1)
        cheaper: Flags = (faces < -face) | ((faces == -face) & (first > bits))
        return better | (equal & cheaper)

    def _followers(self, worth: Ints, used: Ints, left: int) -> Ints:
        """By row and candidate: what up to ``left`` later ones can add, each group as its best one now."""
        padded = np.concatenate([worth, np.zeros((len(worth), 1), dtype=np.int64)], axis=1)
        best = np.zeros((len(worth), len(self._room), self._members.shape[1] + 1), dtype=np.int64)
        np.maximum.accumulate(padded[:, self._members], axis=2, out=best[:, :, 1:])
        later: Ints = best[:, np.arange(len(self._room))[:, None], self._behind]
        if self._one_of_each:
            return _summed(later)
        times = np.clip((self._room - used)[:, :, None] - self._own, 0, left)
        order = np.argsort(-later, axis=1)
        times = np.minimum(np.take_along_axis(times, order, 1).cumsum(axis=1), left)
        return _summed(np.take_along_axis(later, order, 1) * np.diff(times, axis=1, prepend=0))


def _summed(by_group: Ints) -> Ints:
    found: Ints = by_group.sum(axis=1)
    return found
