"""Random baskets, small enough for the exhaustive search and rich in what is hard: ties, caps, groups, scopes, pins.

They are drawn from anything like ``random.Random``, so that hypothesis can shrink them and a long run can be fast.
"""

from __future__ import annotations

from random import Random
from typing import Any

Object = dict[str, Any]
CATEGORIES = ("coat", "shoe", "toy")
BRANDS = ("A", "B")
#: Few prices and amounts, so that sums meet; some odd ones, so that fen are left over.
PRICES = (0, 1, 3, 7, 10, 33, 99, 100, 100, 200, 250, 999, 1000, 1000, 25900)
AMOUNTS = (0, 1, 5, 10, 33, 50, 50, 100, 100, 150, 200, 333, 1000, 5000)
PERCENTAGES = (0, 1, 500, 1000, 1000, 1500, 3333, 5000, 9999, 10000)
INSTANTS = (
    None, None, "2026-11-20T00:00:00+08:00", "2026-11-21T14:03:00+08:00", "2026-11-21T06:03:00+00:00",
    "2026-11-22T00:00:00+08:00", "2026-11-21T16:00:00Z", "2026-12-01T00:00:00+08:00",
)  # fmt: skip
LATER = (None, None, "2026-11-22T00:00:00+08:00", "2026-11-21T16:00:00+00:00", "2026-12-01T00:00:00+08:00")


def random_basket(r: Random, most_coupons: int = 7) -> Object:
    """A well-formed basket, as JSON has it."""
    lines = [_line(r, n) for n in range(r.randint(1, 5))]
    basket: Object = {"at": "2026-11-21T14:03:00+08:00", "store": "S001", "lines": lines}
    if r.random() < 0.5:
        basket["member"] = {"id": "M1", "tier": r.choice(("gold", "basic"))}
    basket["promotions"] = [_promotion(r, f"P{n}") for n in range(r.choice((0, 0, 1, 2, 4)))]
    names = [f"K{n}" for n in range(r.randint(0, most_coupons))]
    r.shuffle(names)
    basket["coupons"] = _coupons(r, names)
    basket["manual_discounts"] = [_manual(r, f"D{n}", lines) for n in range(r.choice((0, 0, 0, 1, 2)))]
    group_max = r.choice(({}, {"g": 2}, {"g": 0, "h": 2}))
    basket["rules"] = {"max_coupons": r.choice((0, 1, 2, 3, 3, 5)), "group_max": group_max}
    return basket


def _line(r: Random, n: int) -> Object:
    qty = r.choice((1, 1, 1, 2, 3, 7))
    line: Object = {"id": f"{n + 1}", "sku": f"J{r.randint(1, 3)}", "qty": qty, "price": r.choice(PRICES)}
    if r.random() < 0.9:
        line["tags"] = [f"category:{r.choice(CATEGORIES)}", f"brand:{r.choice(BRANDS)}"]
    if r.random() < 0.2:
        line["member_prices"] = {"gold": r.choice(PRICES)}
    if r.random() < 0.15:
        line["manual_price"] = r.choice(PRICES)
    return line


def _scope(r: Random) -> Object:
    tags = [f"category:{one}" for one in CATEGORIES] + [f"brand:{one}" for one in BRANDS] + ["sku:J1"]
    return {
        "include": r.choice(([], [], [r.choice(tags)], [r.choice(tags), r.choice(tags)])),
        "exclude": r.choice(([], [], [], [r.choice(tags)])),
    }


def _window(r: Random) -> Object:
    if r.random() < 0.8:
        return {"until": r.choice(LATER)}
    return {"from": r.choice(INSTANTS), "until": r.choice(INSTANTS), "stores": r.choice(([], ["S001"], ["S002"]))}


def _promotion(r: Random, name: str) -> Object:
    kind = r.choice(("percent_off", "amount_off", "fixed_price", "nth_unit", "bundle_price", "spend_save"))
    terms: Object = {
        "percent_off": {"bp": r.choice(PERCENTAGES)},
        "amount_off": {"amount": r.choice(AMOUNTS)},
        "fixed_price": {"price": r.choice(PRICES)},
        "nth_unit": {"n": r.choice((1, 2, 3, 4)), "bp": r.choice(PERCENTAGES)},
        "bundle_price": {"size": r.choice((1, 2, 3, 5)), "price": r.choice(PRICES)},
        "spend_save": _spend_save(r),
    }[kind]
    rest = {"priority": r.choice((0, 0, 1, -5)), "stack": r.random() < 0.3, "tiers": r.choice(([], [], [], ["gold"]))}
    return {"id": name, "kind": kind, **terms, **rest, **_scope(r), **_window(r)}


def _spend_save(r: Random) -> Object:
    spends = sorted({r.choice((1, 50, 100, 300, 1000, 5000)) for _ in range(r.randint(1, 3))})
    r.shuffle(spends)
    return {
        "steps": [{"spend": spend, "save": r.choice(AMOUNTS)} for spend in spends],
        "repeat": len(spends) == 1 and r.random() < 0.5,
    }


def _coupons(r: Random, names: list[str]) -> list[Object]:
    found: list[Object] = []
    for name in names:
        if found and r.random() < 0.4:  # what a member really holds: the same again
            found.append({**r.choice(found), "id": name, "until": r.choice(LATER)})
        else:
            found.append(_coupon(r, name))
    return found


def crowded_basket(r: Random, kind: str | None) -> Object:
    """Many different coupons, most of one kind (None: of any), that overlap here and there: work for the search."""
    step = r.choice((1, 100, 1000))  # round numbers meet, odd ones leave fen over
    tags = [f"tag:{n}" for n in range(5)]
    lines: list[Object] = [
        {
            "id": f"{n}", "sku": f"S{n}", "qty": r.choice((1, 1, 1, 2, 3)),
            "price": r.randint(1, 20) * step, "tags": r.sample(tags, r.randint(1, 3)),
        }
        for n in range(r.randint(3, 8))
    ]  # fmt: skip
    names = [f"K{n}" for n in range(r.randint(6, 9))]
    r.shuffle(names)
    groups = r.choice(((None, None, None, "g"), ("g", "h", None)))
    coupons: list[Object] = []
    for name in names:
        coupon = {"id": name, "until": r.choice(LATER), **_crowded_terms(r, kind if r.random() < 0.9 else None, step)}
        coupon["include"] = r.choice(([], [r.choice(tags)], r.sample(tags, 2)))
        coupon["group"] = r.choice(groups)
        if coupons and r.random() < 0.3:
            coupon = {**r.choice(coupons), "id": name, "until": coupon["until"], "group": coupon["group"]}
        if r.random() < 0.03:
            coupon["pinned"] = True
        coupons.append(coupon)
    rules = {"max_coupons": r.choice((2, 3, 4)), "group_max": {"g": r.choice((1, 2))}}
    return {"at": "2026-11-21T14:03:00+08:00", "store": "S001", "lines": lines, "coupons": coupons, "rules": rules}


def many_coupons_basket(r: Random, overpaid: bool) -> Object:
    """Ten coupons and more, so that sets are looked at in blocks; groups with more rooms or none, pins, ties."""
    step = r.choice((1, 100, 1000))
    lines: list[Object] = [
        {
            "id": f"{n}",
            "sku": f"S{n}",
            "qty": r.choice((1, 1, 2, 3)),
            "price": r.randint(0, 9) * step,
            "tags": [r.choice("abc")],
        }
        for n in range(r.randint(1, 6))
    ]
    names = [f"K{n}" for n in range(r.randint(10, 12))]
    r.shuffle(names)
    kind = r.choice((None, "exchange", "percent_off", "amount_off"))
    groups = r.choice(((None,), ("g", "h", "i"), ("g", "h", None)))
    coupons: list[Object] = []
    for name in names:
        coupon = {"id": name, **_crowded_terms(r, kind, step), "include": r.choice(([], ["a"], ["b"], ["a", "c"]))}
        if coupons and r.random() < 0.3:
            coupon = {**r.choice(coupons), "id": name}
        wishes = {"pinned": r.random() < 0.02, "exclusive": r.random() < 0.05}
        coupons.append({**coupon, "until": r.choice(LATER), "group": r.choice(groups), **wishes})
    rules: Object = {"max_coupons": r.choice((1, 2, 3, 4)), "group_max": r.choice(({}, {}, {"g": 2}, {"h": 0, "i": 3}))}
    if overpaid:
        _overpay(r, lines, coupons, rules["max_coupons"])
    return {"at": "2026-11-21T14:03:00+08:00", "store": "S001", "lines": lines, "coupons": coupons, "rules": rules}


def _overpay(r: Random, lines: list[Object], coupons: list[Object], count: int) -> None:
    """Make most of them amounts of which ``count`` just pay for all; many sums are equal. Pin one or none."""
    part = sum(line["price"] * line["qty"] for line in lines) // count
    unit = max(1, part // r.choice((8, 50)))
    for coupon in coupons:
        if r.random() < 0.9:
            coupon.update(kind="amount_off", amount=max(0, part + r.randint(-2, 4) * unit))
        coupon.update(include=[], exclusive=False, pinned=False)
    coupons[0]["pinned"] = r.random() < 0.3


def overpaid_basket(r: Random) -> Object:
    """Coupons worth more than the basket: many sets leave nothing to pay, and the ties have to decide."""
    lines: list[Object] = [
        {"id": f"{n}", "sku": f"S{n}", "qty": 1, "price": r.randint(1, 5) * 100, "tags": [r.choice("ab")]}
        for n in range(r.randint(1, 3))
    ]
    coupons: list[Object] = []
    for n in range(r.randint(4, 7)):
        terms: Object = r.choice(
            (
                {"kind": "exchange", "price": r.choice((0, 0, 100))},
                {"kind": "percent_off", "bp": r.choice((5000, 9000, 10000)), "cap": r.choice((None, 100, 300, 600))},
                {"kind": "amount_off", "amount": r.randint(1, 6) * 100},
                {"kind": "amount_off", "amount": r.randint(1, 6) * 100},
            )
        )
        coupon = {**terms, "id": f"K{n}", "until": r.choice(LATER), "include": r.choice(([], [], ["a"], ["b"]))}
        coupons.append({**coupon, "pinned": r.random() < 0.05})
    rules = {"max_coupons": r.choice((2, 3, 4))}
    return {"at": "2026-11-21T14:03:00+08:00", "store": "S001", "lines": lines, "coupons": coupons, "rules": rules}


def _crowded_terms(r: Random, kind: str | None, step: int) -> Object:
    kind = kind or r.choice(("exchange", "percent_off", "amount_off"))
    if kind == "exchange":
        return {"kind": kind, "price": r.randint(0, 6) * step}
    if kind == "amount_off":
        return {"kind": kind, "amount": r.randint(1, 12) * step}
    return {
        "kind": kind,
        "bp": r.choice((r.randint(1, 9999), 1000, 2000)),
        "cap": r.choice((None, r.randint(1, 30) * step)),
    }


def _coupon(r: Random, name: str) -> Object:
    kind = r.choice(("exchange", "percent_off", "percent_off", "amount_off", "amount_off"))
    coupon: Object = {"id": name, "kind": kind, **_scope(r), **_window(r)}
    if kind == "exchange":
        coupon["price"] = r.choice(PRICES)
    elif kind == "amount_off":
        coupon["amount"] = r.choice(AMOUNTS)
    else:
        coupon["bp"] = r.choice(PERCENTAGES)
        coupon["cap"] = r.choice((None, None, *AMOUNTS))
    coupon["group"] = r.choice((None, None, None, "g", "h"))
    for wish, chance in (("exclusive", 0.1), ("pinned", 0.06), ("excluded", 0.05)):
        if r.random() < chance:
            coupon[wish] = True
    if r.random() < 0.2:
        coupon["with_promotions"] = False
    if r.random() < 0.3:
        coupon["min_spend"] = r.choice((1, 100, 333, 1000, 5000))
    return coupon


def _manual(r: Random, name: str, lines: list[Object]) -> Object:
    named = r.choice(([], [r.choice(lines)["id"]], [line["id"] for line in lines][::-1]))
    if r.random() < 0.5:
        return {"id": name, "kind": "amount_off", "amount": r.choice(AMOUNTS), "lines": named, "reason": "stain"}
    return {"id": name, "kind": "percent_off", "bp": r.choice(PERCENTAGES), "lines": named}
