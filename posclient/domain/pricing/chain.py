"""The candidates of a set, as branches of the search share them."""

from __future__ import annotations

from collections.abc import Sequence

#: Last first: (candidate, the rest).
Chain = tuple[int, "Chain"] | None


def chained(numbers: Sequence[int]) -> Chain:
    """The chain of candidates in the order taken off."""
    chain: Chain = None
    for n in numbers:
        chain = (n, chain)
    return chain


def in_order(chosen: Chain) -> list[int]:
    """The candidates of a chain in the order taken off."""
    found = []
    while chosen:
        found.append(chosen[0])
        chosen = chosen[1]
    return found[::-1]
