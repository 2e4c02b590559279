"""Which searches are for ``blocks``: coupons enough to be worth it, and few enough sets and small enough numbers."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from math import comb

from posclient.domain.pricing.candidates import Candidates

#: Fewer coupons are searched as fast one by one.
FEWEST = 10
#: With more sets than this to grow from, equal nets and equal coupons count for more than speed (``choosing``).
MOST_SETS = 60_000
#: Beyond these, numbers could leave 64 bits on the way: fen of all lines, pieces of a line, face values.
MOST_FEN, MOST_PIECES, MOST_FACE = 1 << 31, 1 << 15, 1 << 60


def load_blocks() -> None:
    """Numpy takes a fifth of a second to load: better while a basket is read than while its price is waited for."""
    importlib.import_module("posclient.domain.pricing.blocks")


def within_reach(candidates: Candidates, chosen: Sequence[int]) -> bool:
    """``chosen``: the candidates that may be together."""
    return (
        candidates.slots > 0
        and FEWEST <= len(chosen) < 63  # one bit each
        and sets_to_grow(candidates, chosen) <= MOST_SETS
        and candidates.headroom < MOST_FEN
        and sum([coupon.face for coupon in candidates.coupons]) < MOST_FACE
        and all(qty < MOST_PIECES for qtys in candidates.scope_qtys for qty in qtys)
        and all(coupon.unit_price is not None or coupon.spend_terms for coupon in candidates.coupons)
    )


def sets_to_grow(candidates: Candidates, chosen: Sequence[int]) -> int:
    """How many permitted sets have room for one more."""
    groups = [candidates.group[n] for n in chosen]
    counts = [1] + [0] * (candidates.slots - 1)
    for group in set(groups):
        members = groups.count(group)
        ways = [comb(members, taken) for taken in range(min(members, candidates.room[group]) + 1)]
        counts = [
            sum([counts[size - more] * way for more, way in enumerate(ways[: size + 1])]) for size in range(len(counts))
        ]
    return sum(counts)
