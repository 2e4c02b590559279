"""Baskets that are hard to price: 50 lines, 30 usable coupons, at most 5 in a sale."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Object = dict[str, Any]
LINES, COUPONS, MOST = 50, 30, 5
INSTANTS = [None, *[f"2026-12-{day:02}T00:00:00+08:00" for day in range(1, 9)]]


def a_line(r: Random, n: int, round_: bool = False) -> Object:
    price = 10000 if round_ else r.randint(50, 900) * 100 - r.choice((0, 0, 1, 50, 73))
    tags = [f"category:{r.randrange(5)}", f"brand:{r.randrange(4)}", f"style:{r.randrange(20)}"]
    return {"id": f"L{n}", "sku": f"S{n}", "qty": r.randint(1, 3), "price": price, "tags": tags}


def a_scope(r: Random) -> Object:
    """The whole shop, a category, a brand, a few styles, all but something."""
    category, brand = f"category:{r.randrange(5)}", f"brand:{r.randrange(4)}"
    styles = [f"style:{(r.randrange(20) + n) % 20}" for n in range(3)]
    include = r.choice(([], [], [category], [category], [brand], [brand], styles))
    return {"include": include, "exclude": r.choice(([], [], [], [f"category:{r.randrange(5)}"]))}


def exchange(r: Random) -> Object:
    return {"kind": "exchange", "price": r.choice((0, 100, 990, 1000, 5000))}


def percent(r: Random) -> Object:
    cap = r.choice((None, None, r.choice((2000, 5000, 10000, 30000, 100000))))
    return {"kind": "percent_off", "bp": r.choice((500, 1000, 1200, 1500, 2000, 3000)), "cap": cap}


def capped(r: Random) -> Object:
    return {"kind": "percent_off", "bp": r.randint(500, 3000), "cap": r.choice((5000, 20000, 50000, 100000, 200000))}


def amount(r: Random) -> Object:
    return {"kind": "amount_off", "amount": r.choice((1000, 2000, 3000, 5000, 8000, 10000, 20000, 12345))}


def overpaying(r: Random) -> Object:
    """A few of them are worth more than all lines together (some 4,500,000 fen)."""
    return {"kind": "amount_off", "amount": r.randint(1, 9_000_000)}


def half_overpaying(r: Random) -> Object:
    return r.choice((exchange, percent, overpaying))(r)


def of_any_kind(r: Random) -> Object:
    return r.choice((exchange, percent, percent, amount, amount))(r)


def round_terms(r: Random) -> Object:
    """Few different values: many sets come to the same total."""
    kinds = (
        {"kind": "percent_off", "bp": r.choice((1000, 2000))},
        {"kind": "amount_off", "amount": r.choice((1000, 2000))},
    )
    return dict(r.choice((*kinds, {"kind": "exchange", "price": r.choice((0, 1000))})))


def crowd(terms: Callable[[Random], Object], grouped: bool, round_: bool = False) -> Callable[[Random], Object]:
    """Baskets whose coupons have ``terms`` and scopes of their own, in 5 groups of 6 or in none."""

    def make(r: Random) -> Object:
        coupons = [
            {"until": r.choice(INSTANTS), "group": f"g{n % 5}" if grouped else None, **terms(r), **a_scope(r)}
            for n in range(COUPONS)
        ]
        return a_basket(r, coupons, round_)

    return make


def equal(terms: Callable[[Random], Object], grouped: bool) -> Callable[[Random], Object]:
    """What a member really holds: 30 that are equal but for id and until."""

    def make(r: Random) -> Object:
        one = {**terms(r), **a_scope(r), "exclude": []}
        group = {"group": f"g{r.randrange(5)}"} if grouped else {}
        coupons = [{**one, **group, "until": r.choice(INSTANTS)} for _ in range(COUPONS)]
        return a_basket(r, coupons, group_max={group["group"]: 5} if grouped else {})

    return make


def a_basket(r: Random, coupons: list[Object], round_: bool = False, group_max: Object | None = None) -> Object:
    names = [f"K{n:02}" for n in range(len(coupons))]
    r.shuffle(names)
    return {
        "at": "2026-11-21T14:03:00+08:00",
        "store": "S001",
        "lines": [a_line(r, n, round_) for n in range(LINES)],
        "coupons": [{**coupon, "id": name} for coupon, name in zip(coupons, names, strict=True)],
        "rules": {"max_coupons": MOST, "group_max": group_max or {}},
    }


def small(r: Random) -> Object:
    """The common sale: 5 lines, 3 coupons."""
    made = a_basket(r, [{"until": r.choice(INSTANTS), **of_any_kind(r), **a_scope(r)} for _ in range(3)])
    return {**made, "lines": made["lines"][:5]}
