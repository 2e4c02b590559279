"""What the search leaves out: bounds that nothing passes, equals that stand for each other, and how little is left."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest

from posclient.domain.pricing import AmountCoupon, Coupon, ExchangeCoupon, PercentCoupon
from posclient.domain.pricing.candidates import Candidates, State
from posclient.domain.pricing.ceilings import Partners, best_within
from posclient.domain.pricing.choosing import Search
from posclient.domain.pricing.linear import Linear

NETS = (25900, 9900, 9900, 15001, 333, 4000)
QTYS = (1, 2, 3, 1, 1, 4)


def random_coupon(r: Random, name: str) -> Coupon:
    kind = r.randrange(3)
    if kind == 0:
        return ExchangeCoupon(id=name, price=r.randint(0, 3000))
    if kind == 1:
        return PercentCoupon(id=name, bp=r.randint(1, 9999), cap=r.choice((None, r.randint(1, 9000))))
    return AmountCoupon(id=name, amount=r.randint(1, 9000))


def random_candidates(seed: int, count: int, slots: int) -> Candidates:
    r = Random(seed)
    coupons = sorted([random_coupon(r, f"K{n}") for n in range(count)], key=lambda one: (one.turn, one.id))
    places = [tuple(sorted(r.sample(range(len(NETS)), r.randint(1, 5)))) for _ in coupons]
    return Candidates(list(zip(coupons, places, strict=True)), NETS, QTYS, slots, {})


def taken_by(state: State, candidates: Candidates, chosen: tuple[int, ...]) -> int:
    before = sum(state.nets)
    for n in chosen:
        state = state.after(candidates.effect[n])
    return before - sum(state.nets)


@pytest.mark.parametrize("seed", range(25))
def test_no_set_takes_more_than_the_linear_bound(seed: int) -> None:
    """From the start, and after any first coupon for those that follow it."""
    candidates = random_candidates(seed, count=9, slots=3)
    start = State(candidates, NETS, {})
    linear = Linear(candidates, NETS, [start.taken(effect) for effect in candidates.effect])
    for first in (None, *range(9)):
        state = start if first is None else start.after(candidates.effect[first])
        bound = linear.at(state.nets)
        for count in range(4 if first is None else 3):
            for chosen in combinations(range(0 if first is None else first + 1, 9), count):
                most = bound.base + sum(bound.weights[n] for n in chosen)
                assert taken_by(state, candidates, chosen) <= most


@pytest.mark.parametrize("seed", range(25))
def test_the_search_finds_the_best_of_all_sets(seed: int) -> None:
    candidates = random_candidates(seed, count=9, slots=3)
    search = Search(candidates, NETS)
    found = tuple(taking.candidate for taking in search.run())
    start = State(candidates, NETS, {})
    best = max(taken_by(start, candidates, chosen) for count in range(4) for chosen in combinations(range(9), count))
    assert taken_by(start, candidates, found) == best


def states_of(coupons: list[Coupon], slots: int = 5, **group_max: int) -> int:
    """How many different nets the search looked at, for 50 lines and coupons for all of them."""
    nets = tuple(range(5000, 10000, 100))
    usable = [(coupon, tuple(range(50))) for coupon in sorted(coupons, key=lambda one: (one.turn, one.id))]
    search = Search(Candidates(usable, nets, [1] * 50, slots, group_max), nets)
    search.run()
    return len(search._start._pool)


@pytest.mark.parametrize("groups", [(None,) * 5, ("g",) * 5, ("a", "b", "c", "d", "e")])
def test_equal_coupons_cost_no_more_than_those_that_are_used(groups: tuple[str | None, ...]) -> None:
    """A member holds thirty of the same: one way, and no way beside it."""
    for make in (_exchange, _percent, _amount):
        assert states_of([make(f"K{n:02}", groups[n % 5]) for n in range(30)], g=5) == 5


def _exchange(name: str, group: str | None) -> Coupon:
    return ExchangeCoupon(id=name, group=group, price=100)


def _percent(name: str, group: str | None) -> Coupon:
    return PercentCoupon(id=name, group=group, bp=1000)


def _amount(name: str, group: str | None) -> Coupon:
    return AmountCoupon(id=name, group=group, amount=1000)


def test_different_percentages_are_not_tried_out() -> None:
    """Some 5,900,000 sets of eight; additive bounds alone looked at thousands of them."""
    assert states_of([PercentCoupon(id=f"K{n:02}", bp=990 + n) for n in range(30)], slots=8) < 250


def test_different_exchanges_are_not_tried_out() -> None:
    assert states_of([ExchangeCoupon(id=f"K{n:02}", price=10 * n) for n in range(30)], slots=8) < 200


def test_different_amounts_are_not_tried_out() -> None:
    assert states_of([AmountCoupon(id=f"K{n:02}", amount=1000 + n) for n in range(30)], slots=8) == 8


def test_hundreds_of_coupons_need_no_depth() -> None:
    """As many slots as coupons: no recursion to run out of, and time for it."""
    assert states_of([AmountCoupon(id=f"K{n:04}", amount=1 + n % 3) for n in range(300)], slots=300) == 300


def test_best_within_the_rooms_of_groups() -> None:
    options = [(9, 0), (8, 1), (7, 2), (6, 3), (5, 4)]
    assert best_within(options, 3, (1, 5), (0, 0, -1, 0, -1)) == [(9, 0), (7, 2), (5, 4)]
    assert best_within(options, 2, (2, 5), (0, 0, -1, 0, -1)) == [(9, 0), (8, 1)]


def test_partners_are_the_best_that_fit_beside() -> None:
    partners: Partners[int] = Partners(2, (1, 2, 9))
    for worth, group in ((5, 0), (9, 1), (7, 0), (3, 1), (8, 1), (1, -1), (6, 0)):
        partners.add(worth, group)
    assert partners.beside(-1) == 9 + 8
    assert partners.beside(0) == 9 + 8
    assert partners.beside(1) == 9 + 7


def test_no_more_partners_than_slots_beside_a_group_without_room() -> None:
    """A group that may hold nothing leaves all others, and of them no more than there are slots."""
    partners: Partners[int] = Partners(2, (0, 9))
    for worth in (5, 7, 9):
        partners.add(worth, 1)
    assert partners.beside(0) == 9 + 7
