"""Many exchange coupons in large sets: exact as ever, and no dead end at the counter."""

from __future__ import annotations

import time
from random import Random
from typing import Any

import pytest

from posclient.domain.pricing import choosing, price, quote_json, read_basket
from tests.domain.pricing.oracle import price_slowly

Object = dict[str, Any]


def exchange_basket(
    r: Random, lines: int, coupons: int, slots: int, step: int = 990, pieces: tuple[int, ...] = (1,)
) -> Object:
    tags = "abc"[: r.randint(1, 3)]
    return {
        "at": "2026-11-21T14:03:00+08:00",
        "store": "S001",
        "lines": [
            {"id": f"{n}", "sku": f"S{n}", "qty": r.choice(pieces), "price": r.randint(0, 30) * step,
             "tags": [r.choice(tags)]}
            for n in range(lines)
        ],
        "coupons": [
            {"id": f"K{n:02}", "kind": "exchange", "price": r.randint(0, 9) * step,
             "include": r.choice(([], r.sample(tags, r.randint(1, len(tags)))))}
            for n in range(coupons)
        ],
        "rules": {"max_coupons": slots},
    }  # fmt: skip


@pytest.mark.parametrize(("lines", "most"), [(5, 10), (8, 10), (12, 7), (12, 10), (20, 10)])
def test_forty_exchange_coupons_do_not_hold_up_the_counter(lines: int, most: int) -> None:
    """Also where there are fewer pieces than coupons may be used. It took 10 s and more."""
    for seed in range(4):
        basket = read_basket(exchange_basket(Random(seed), lines, 40, most))
        began = time.process_time()
        price(basket)
        assert time.process_time() - began < 2


@pytest.mark.parametrize("pieces", [(1,), (1, 1, 2, 3)])
def test_exchanges_one_by_one_equal_the_exhaustive_search(
    monkeypatch: pytest.MonkeyPatch, pieces: tuple[int, ...]
) -> None:
    """Groups, pins, what goes alone and ties included; more coupons than pieces, and fewer."""
    monkeypatch.setattr(choosing, "within_reach", lambda *_: False)
    for seed in range(150):
        r = Random(seed)
        basket = exchange_basket(r, r.randint(1, 5), r.randint(6, 9), r.randint(2, 6), r.choice((1, 7, 990)), pieces)
        for coupon in basket["coupons"]:
            coupon.update(group=r.choice((None, None, "g", "h")), exclusive=r.random() < 0.05)
        basket["coupons"][0]["pinned"] = r.random() < 0.2
        basket["rules"]["group_max"] = r.choice(({}, {"g": 2}, {"g": 3, "h": 3}))
        if r.random() < 0.2:
            basket["coupons"][1].update(kind="percent_off", bp=r.randint(1, 9999))
        if not basket["coupons"][0]["exclusive"]:
            assert quote_json(price(read_basket(basket))) == price_slowly(basket)
