"""Sets by the hundred: which searches go that way, and that both ways find the same."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, combinations
from random import Random
from typing import Any, ClassVar, Self

import pytest

from posclient.domain.pricing import AmountCoupon, Coupon, ExchangeCoupon, PercentCoupon, price, read_basket
from posclient.domain.pricing.blocks import Blocks
from posclient.domain.pricing.candidates import Candidates, State
from posclient.domain.pricing.coupon import read_coupon
from posclient.domain.pricing.reach import MOST_FEN, MOST_PIECES, sets_to_grow, within_reach
from posclient.domain.pricing.reading import Fields
from posclient.domain.pricing.shares import Held
from tests.bench.crowded import amount, capped, crowd, exchange, of_any_kind, overpaying, percent, round_terms

Object = dict[str, Any]


def amounts(count: int, groups: int = 0) -> list[Coupon]:
    return [AmountCoupon(id=f"K{n:02}", amount=1 + n, group=f"g{n % groups}" if groups else None) for n in range(count)]


def candidates_of(coupons: list[Coupon], net: int = 9000, qty: int = 1, slots: int = 5) -> Candidates:
    return Candidates([(coupon, (0,)) for coupon in coupons], [net], [qty], slots, {})


def reached(candidates: Candidates) -> bool:
    return within_reach(candidates, range(len(candidates.coupons)))


def test_sets_are_counted_with_their_groups() -> None:
    """At most one of each of five groups of six, four in all: 1 + 30 + 360 + 2160 + 6480. Or any four of thirty."""
    assert sets_to_grow(candidates_of(amounts(30, groups=5)), range(30)) == 9031
    assert sets_to_grow(candidates_of(amounts(30)), range(30)) == 1 + 30 + 435 + 4060 + 27405


def test_many_coupons_in_few_sets_are_within_reach() -> None:
    assert reached(candidates_of(amounts(30, groups=5)))
    assert reached(candidates_of(amounts(30)))


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCoupon(Coupon):
    """A kind of which only ``taken`` and ``parts`` are known: the first line is free."""

    kind: ClassVar[str] = "gift"
    turn: ClassVar[int] = 3

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_coupon(fields))

    @property
    def terms(self) -> tuple[object, ...]:
        return (self.kind,)

    def taken(self, held: Held) -> int:
        return held.nets[0]

    def parts(self, held: Held) -> list[int]:
        return [held.nets[0], *[0] * (len(held.nets) - 1)]


@pytest.mark.parametrize(
    "candidates",
    [
        candidates_of(amounts(9)),
        candidates_of(amounts(63, groups=2)),
        candidates_of(amounts(30), slots=0),
        candidates_of(amounts(30), slots=8),
        candidates_of(amounts(30), net=MOST_FEN),
        candidates_of(amounts(30), qty=MOST_PIECES),
        candidates_of([*amounts(29), AmountCoupon(id="K", amount=1 << 60)]),
        candidates_of([*amounts(29), GiftCoupon(id="K")]),
    ],
    ids=["few", "no bit left", "no room", "too many sets", "too dear", "too many pieces", "face value", "unknown kind"],
)
def test_what_is_beyond_reach_is_searched_one_by_one(candidates: Candidates) -> None:
    assert not reached(candidates)


def tied_candidates(r: Random) -> tuple[Candidates, list[int]]:
    """With their nets. Few different values: many sets come to the same total, and many of these pay for everything."""
    nets = [r.randint(0, 4) * 100 + r.choice((0, 0, 1)) for _ in range(3)]
    part = sum(nets) // 3
    coupons: list[Coupon] = []
    for n in range(9):
        rest: Object = {
            "id": f"K{n}", "group": r.choice((None, None, "g", "h")), "pinned": r.random() < 0.05,
            "until": r.choice((None, datetime(2026, 12, r.randint(1, 5), tzinfo=UTC))),
        }  # fmt: skip
        kind = r.randrange(6)
        if kind == 0:
            coupons.append(ExchangeCoupon(**rest, price=r.choice((0, 50))))
        elif kind == 1:
            coupons.append(PercentCoupon(**rest, bp=r.choice((2000, 5000)), cap=r.choice((None, 100))))
        else:
            coupons.append(AmountCoupon(**rest, amount=max(1, part + r.randint(-2, 3) * r.choice((1, 10, 50)))))
    coupons.sort(key=lambda one: (one.turn, one.id))
    places = [r.choice(((0, 1, 2), (0, 1, 2), (0, 1), (1, 2))) for _ in coupons]
    slots = r.choice((2, 3, 4))
    usable = list(zip(coupons, places, strict=True))
    return Candidates(usable, nets, [1, 2, 1], slots, {"g": r.choice((1, 2))}), nets


def best_of_all(candidates: Candidates, nets: list[int]) -> int:
    """The score of the best permitted set, by looking at each."""
    best = 0
    for chosen in chain(*[combinations(range(9), count) for count in range(candidates.slots + 1)]):
        used = Counter([candidates.group[n] for n in chosen])
        if all(count <= candidates.room[group] for group, count in used.items()):
            state = State(candidates, nets, {})
            for n in chosen:
                state = state.after(candidates.effect[n])
            best = max(best, candidates.set_score(chosen, sum(nets) - sum(state.nets)))
    return best


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 4])
def test_of_equal_totals_the_best_whatever_comes_first(rows: int) -> None:
    """T-44: small blocks, so that a set is often weighed against one that was found before."""
    for seed in range(60):
        candidates, nets = tied_candidates(Random(seed))
        fen, chosen = Blocks(candidates, range(9), rows).run(nets, 0, 0, 0)
        assert candidates.set_score(chosen, fen) == best_of_all(candidates, nets)


@pytest.mark.parametrize(("coupons", "loaded"), [(9, "False"), (10, "True")])
def test_arrays_are_loaded_while_a_basket_with_many_coupons_is_read(coupons: int, loaded: str) -> None:
    """A fifth of a second that no price has to wait for, and no small sale at all."""
    code = (
        "import sys; from posclient.domain.pricing import read_basket; read_basket({'at': '2026-11-21T14:03:00+08:00',"
        "'store': 'S', 'lines': [], 'coupons': [{'id': f'K{n}', 'kind': 'amount_off', 'amount': 1}"
        f"for n in range({coupons})]}}); print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{loaded}\n"


def test_an_exclusive_coupon_wins_over_all_sets_of_many() -> None:
    coupons: list[Object] = [{"id": f"K{n}", "kind": "amount_off", "amount": n} for n in range(1, 12)]
    coupons.append({"id": "alone", "kind": "amount_off", "amount": 5000, "exclusive": True})
    basket = {
        "at": "2026-11-21T14:03:00+08:00", "store": "S001", "coupons": coupons, "rules": {"max_coupons": 5},
        "lines": [{"id": "1", "sku": "S", "qty": 1, "price": 9000}],
    }  # fmt: skip
    assert price(read_basket(basket)).used == ("alone",)
    coupons[-1]["amount"] = 44  # 7 + 8 + 9 + 10 + 11 take more
    assert price(read_basket(basket)).used == ("K10", "K11", "K7", "K8", "K9")


@pytest.mark.slow
@pytest.mark.parametrize("grouped", [True, False], ids=["groups", "no groups"])
@pytest.mark.parametrize("terms", [of_any_kind, exchange, percent, capped, amount, overpaying])
def test_thirty_coupons_come_to_the_same_both_ways(terms: Callable[[Random], Object], grouped: bool) -> None:
    """T-44: 40,000 pieces that cost nothing change no price, but are too many for blocks."""
    for seed in range(4):
        check_both_ways(crowd(terms, grouped=grouped)(Random(seed)))


@pytest.mark.slow
def test_thirty_coupons_with_ties_come_to_the_same_both_ways() -> None:
    for seed in range(4):
        check_both_ways(crowd(round_terms, grouped=True, round_=True)(Random(seed)))


def check_both_ways(basket: Object) -> None:
    free = {"id": "free", "sku": "S", "qty": 40000, "price": 0, "tags": basket["lines"][0]["tags"]}
    in_blocks = price(read_basket(basket))
    one_by_one = price(read_basket({**basket, "lines": [*basket["lines"], free]}))
    assert one_by_one.lines[:-1] == in_blocks.lines
    assert (one_by_one.used, one_by_one.unused) == (in_blocks.used, in_blocks.unused)
