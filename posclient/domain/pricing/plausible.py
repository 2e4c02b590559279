"""A plausible set: each time the coupon that takes most now. It need not be the best one."""

from __future__ import annotations

from posclient.domain.pricing.candidates import Candidates, State


def plausible_count(candidates: Candidates, start: State) -> int:
    """How many coupons there are in it, without those that go alone."""
    group, effect = candidates.group, candidates.effect
    left = [n for n, coupon in enumerate(candidates.coupons) if not coupon.exclusive]
    state, count, room = start, 0, list(candidates.room)
    while count < candidates.slots:
        left = [n for n in left if room[group[n]] > 0]
        worth, best = max([(state.taken(effect[n]), n) for n in left], default=(0, 0))
        if not worth:
            break
        left.remove(best)
        if group[best] >= 0:
            room[group[best]] -= 1
        state, count = state.after(effect[best]), count + 1
    return count
