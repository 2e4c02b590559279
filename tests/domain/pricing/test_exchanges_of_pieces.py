"""Many exchange coupons on a few lines, some of several pieces: as exact as ever, and no wait at the counter."""

from __future__ import annotations

from itertools import combinations
from random import Random
from typing import Any

import pytest

from posclient.domain.pricing import ExchangeCoupon, choosing, price, quote_json, read_basket
from posclient.domain.pricing.candidates import Candidates, State
from posclient.domain.pricing.choosing import Search
from posclient.domain.pricing.linear import Linear
from tests.domain.pricing.oracle import price_slowly

TAGS = ("coat", "shoe", "toy", "hat")
PRICES = (0, 100, 990, 1990, 2990, 3900, 4900, 5900, 6900, 7900, 9900)
#: Sets that are grown, in a tenth of a second or so.
FEW = 2500
UNIT_PRICES = (4900, 5900, 7900, 9900, 12900, 17900, 25900, 39900, 45900, 59900, 89900)


def candidates_for(seed: int, lines: int, coupons: int, slots: int) -> tuple[Candidates, tuple[int, ...]]:
    r = Random(seed)
    tags = [r.choice(TAGS) for _ in range(lines)]
    qtys = [r.choice((1, 1, 1, 1, 2)) for _ in range(lines - 1)] + [2]
    nets = tuple([qty * r.choice(UNIT_PRICES) for qty in qtys])
    usable = []
    for n in range(coupons):
        include = r.choice((TAGS, TAGS, (r.choice(TAGS),), tuple(r.sample(TAGS, 2))))
        places = tuple([place for place, tag in enumerate(tags) if tag in include])
        coupon = ExchangeCoupon(id=f"K{n:02}", price=r.choice(PRICES))
        if places:
            usable.append((coupon, places))
    return Candidates(usable, nets, qtys, slots, {}), nets


@pytest.mark.parametrize("lines", [8, 12])
def test_ten_of_forty_exchanges_look_at_few_sets(lines: int) -> None:
    """Tens of thousands of sets were looked at: 2 to 5 s a basket, and again at each scan."""
    for seed in range(6):
        candidates, nets = candidates_for(seed, lines, coupons=40, slots=10)
        search = Search(candidates, nets)
        steps = 0
        while search._plans and steps <= FEW:
            plan = search._plans.pop()
            if plan.ceiling > search._best:
                search._grow(search._branch(plan))
                steps += 1
        assert steps <= FEW


@pytest.mark.parametrize("seed", range(40))
def test_no_set_of_exchanges_takes_more_than_the_bound(seed: int) -> None:
    """Also those at a higher price than is reckoned with, on lines of many pieces, before the others and after."""
    r = Random(seed)
    step = r.choice((1, 7, 990))
    qtys = [r.choice((1, 2, 3, 7)) for _ in range(3)]
    nets = tuple([qty * r.randint(1, 30) * step for qty in qtys])
    scopes = [tuple(sorted(r.sample(range(3), r.randint(1, 3)))) for _ in range(8)]
    usable = [
        (ExchangeCoupon(id=f"K{n}", price=r.choice((0, 1, r.randint(0, 30))) * step), scopes[n]) for n in range(8)
    ]
    candidates = Candidates(usable, nets, qtys, 5, {})
    start = State(candidates, nets, {})
    linear = Linear(candidates, nets, [start.taken(effect) for effect in candidates.effect])
    for count in range(6):
        for chosen in combinations(range(8), count):
            state = start
            for place, n in enumerate(chosen):
                bound = linear.at(state.nets)
                most = sum(nets) - sum(state.nets) + bound.base + sum(bound.weights[one] for one in chosen[place:])
                assert sum(nets) - sum(_after(start, candidates, chosen).nets) <= most
                state = state.after(candidates.effect[n])


def _after(state: State, candidates: Candidates, chosen: tuple[int, ...]) -> State:
    for n in chosen:
        state = state.after(candidates.effect[n])
    return state


def test_exchanges_of_pieces_equal_the_exhaustive_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "within_reach", lambda *_: False)
    for seed in range(150):
        r = Random(seed)
        step = r.choice((1, 7, 990))
        basket: dict[str, Any] = {
            "at": "2026-11-21T14:03:00+08:00",
            "store": "S001",
            "lines": [
                {"id": f"{n}", "sku": f"S{n}", "qty": r.choice((1, 2, 3, 7)), "price": r.randint(0, 30) * step,
                 "tags": [r.choice(TAGS)]}
                for n in range(r.randint(1, 4))
            ],
            "coupons": [
                {"id": f"K{n}", "kind": "exchange", "price": r.choice((0, 1, r.randint(0, 30))) * step,
                 "include": r.choice(([], r.sample(TAGS, 2)))}
                for n in range(8)
            ],
            "rules": {"max_coupons": r.randint(2, 6)},
        }  # fmt: skip
        assert quote_json(price(read_basket(basket))) == price_slowly(basket)
