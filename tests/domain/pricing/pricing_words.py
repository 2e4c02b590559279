"""Short words for the baskets of these tests: ids K1, K2, ... and lines 1, 2, ... unless said otherwise."""

from __future__ import annotations

from typing import Any

from posclient.domain.pricing import Quote, price, read_basket

Object = dict[str, Any]


def line(price: int, *tags: str, qty: int = 1, id: str = "", **more: Any) -> Object:  # noqa: A002 - as in JSON
    return {"id": id, "sku": more.pop("sku", "J1"), "qty": qty, "price": price, "tags": list(tags), **more}


def basket(*lines: Object, **more: Any) -> Object:
    """Lines, promotions and coupons without an id are numbered; ``max_coupons`` and ``group_max`` go into the rules."""
    rules = {"max_coupons": more.pop("max_coupons", 3), "group_max": more.pop("group_max", {})}
    found: Object = {"at": "2026-11-21T14:03:00+08:00", "store": "S001", "lines": list(lines), "rules": rules, **more}
    for name, letter in (("lines", ""), ("promotions", "P"), ("coupons", "K"), ("manual_discounts", "D")):
        for n, one in enumerate(found.get(name, ()), start=1):
            one["id"] = one.get("id") or f"{letter}{n}"
    return found


def quote_of(*lines: Object, **more: Any) -> Quote:
    return price(read_basket(basket(*lines, **more)))


def taken(quote: Quote, source: str = "") -> list[int]:
    """By line: what was taken off by ``source`` (empty: by all)."""
    return [sum(one.amount for one in line.discounts if source in ("", one.source)) for line in quote.lines]


def reasons(quote: Quote) -> dict[str, str]:
    return {one.id: one.reason for one in quote.unused}
