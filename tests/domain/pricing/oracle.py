"""Pricing once more, as slowly and as near to the words of docs/pricing.md as can be: every permitted set is tried.

Nothing here is shared with the product: plain JSON in, plain JSON out, exact fractions, no short cuts.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from itertools import combinations
from math import floor
from typing import Any

Object = dict[str, Any]
TURN = {"exchange": 0, "percent_off": 1, "amount_off": 2}


class ImpossiblePinError(Exception):
    """No permitted set holds every pinned usable coupon."""


def price_slowly(basket: Object) -> Object:
    """The quote of a well-formed basket."""
    member = basket.get("member") or {}
    lines = [_open_line(line, member.get("tier")) for line in basket["lines"]]
    _apply_promotions(basket, lines)
    before = [line["net"] for line in lines]
    reasons, usable = _judge_coupons(basket, lines)
    chosen = _choose(basket, lines, usable)
    used = []
    for coupon, mine in chosen:
        if take_off(lines, _coupon_parts(coupon, lines, mine), f"coupon:{coupon['id']}"):
            used.append(coupon["id"])
        else:
            reasons[coupon["id"]] = {"reason": "no_effect"}
    for coupon, mine in usable:
        if coupon["id"] not in used and coupon["id"] not in reasons:
            alone = [{**line, "net": net, "discounts": []} for line, net in zip(lines, before, strict=True)]
            effect = take_off(alone, _coupon_parts(coupon, alone, mine), "")
            reasons[coupon["id"]] = {"reason": "worse" if effect else "no_effect"}
    for discount in basket.get("manual_discounts", []):
        named = [n for n, line in enumerate(lines) if not discount.get("lines") or line["id"] in discount["lines"]]
        take_off(lines, _coupon_parts(discount, lines, named), f"manual:{discount['id']}")
    return {
        "lines": [{key: line[key] for key in ("id", "unit_price", "gross", "net", "discounts")} for line in lines],
        "gross": sum(line["gross"] for line in lines),
        "total": sum(line["net"] for line in lines),
        "used": used,
        "unused": [{"id": name, **reasons[name]} for name in sorted(reasons)],
    }


def _open_line(line: Object, tier: str | None) -> Object:
    unit_price = line["price"]
    if tier is not None and tier in line.get("member_prices", {}):
        unit_price = min(unit_price, line["member_prices"][tier])
    manual = line.get("manual_price") is not None
    if manual:
        unit_price = line["manual_price"]
    gross = unit_price * line["qty"]
    return {
        "id": line["id"], "unit_price": unit_price, "gross": gross, "net": gross, "discounts": [], "qty": line["qty"],
        "tags": {*line.get("tags", []), "sku:" + line["sku"]}, "manual": manual, "touched": manual,
        "line_taken": False, "order_taken": False,
    }  # fmt: skip


def take_off(lines: list[Object], parts: dict[int, Fraction], source: str) -> int:
    """Round the sum once, half up; floors first, then a fen each by the largest remainders, ties in line order."""
    total = floor(sum(parts.values(), Fraction(0)) + Fraction(1, 2))
    given = {n: floor(part) for n, part in parts.items()}
    missing = total - sum(given.values())
    for n in sorted(parts, key=lambda n: (-(parts[n] - floor(parts[n])), n))[:missing]:
        given[n] += 1
    for n, amount in given.items():
        assert 0 <= amount <= lines[n]["net"]
        if amount:
            lines[n]["net"] -= amount
            lines[n]["discounts"].append({"source": source, "amount": amount})
    return total


def _live(offer: Object, basket: Object) -> bool:
    at = datetime.fromisoformat(basket["at"])
    start, end = offer.get("from"), offer.get("until")
    return (
        (start is None or datetime.fromisoformat(start) <= at)
        and (end is None or at < datetime.fromisoformat(end))
        and (not offer.get("stores") or basket["store"] in offer["stores"])
    )


def _in_scope(offer: Object, line: Object) -> bool:
    include, exclude = set(offer.get("include", [])), set(offer.get("exclude", []))
    return (not include or bool(include & line["tags"])) and not exclude & line["tags"]


def _apply_promotions(basket: Object, lines: list[Object]) -> None:
    tier = (basket.get("member") or {}).get("tier")
    for promotion in sorted(basket.get("promotions", []), key=lambda one: (one.get("priority", 0), one["id"])):
        if not _live(promotion, basket) or (promotion.get("tiers") and tier not in promotion["tiers"]):
            continue
        taken = "order_taken" if promotion["kind"] == "spend_save" else "line_taken"
        seen = [
            n for n, line in enumerate(lines)
            if _in_scope(promotion, line) and not line["manual"] and (promotion.get("stack") or not line[taken])
        ]  # fmt: skip
        before = [line["net"] for line in lines]
        take_off(lines, _promotion_parts(promotion, lines, seen), f"promotion:{promotion['id']}")
        for line, net in zip(lines, before, strict=True):
            if line["net"] != net:
                line["touched"] = True
                if not promotion.get("stack"):
                    line[taken] = True


def _value(line: Object) -> Fraction:
    return Fraction(line["net"], line["qty"])


def _units(lines: list[Object], places: list[int]) -> list[int]:
    """The line of every unit, dearest first, ties in line order."""
    return [n for n in sorted(places, key=lambda n: (-_value(lines[n]), n)) for _ in range(lines[n]["qty"])]


def _promotion_parts(rule: Object, lines: list[Object], places: list[int]) -> dict[int, Fraction]:
    parts = dict.fromkeys(places, Fraction(0))
    kind = rule["kind"]
    if kind == "spend_save":
        spend = sum(lines[n]["net"] for n in places)
        return _shared(lines, places, _saved(rule, spend))
    units = _units(lines, places)
    size = rule.get("n") or rule.get("size") or 1
    for group in [units[at : at + size] for at in range(0, len(units) // size * size, size)]:
        values = [_value(lines[n]) for n in group]
        worth = sum(values)
        for place, (n, value) in enumerate(zip(group, values, strict=True)):
            if kind == "percent_off":
                parts[n] += value * rule["bp"] / 10000
            elif kind == "amount_off":
                parts[n] += min(value, Fraction(rule["amount"]))
            elif kind == "fixed_price":
                parts[n] += max(Fraction(0), value - rule["price"])
            elif kind == "nth_unit" and place == size - 1:
                parts[n] += value * rule["bp"] / 10000
            elif kind == "bundle_price" and worth > rule["price"]:
                parts[n] += (worth - rule["price"]) * value / worth
    return parts


def _saved(rule: Object, spend: int) -> int:
    best = None
    for step in rule["steps"]:
        if spend >= step["spend"] and (best is None or step["spend"] > best["spend"]):
            best = step
    if best is None:
        return 0
    times = spend // best["spend"] if rule.get("repeat") else 1
    return int(min(spend, best["save"] * times))


def _shared(lines: list[Object], places: list[int], amount: Fraction | int) -> dict[int, Fraction]:
    spend = sum(lines[n]["net"] for n in places)
    if not spend:
        return dict.fromkeys(places, Fraction(0))
    return {n: Fraction(amount) * lines[n]["net"] / spend for n in places}


def _coupon_parts(rule: Object, lines: list[Object], places: list[int]) -> dict[int, Fraction]:
    spend = sum(lines[n]["net"] for n in places)
    if rule["kind"] == "amount_off":
        return _shared(lines, places, min(rule["amount"], spend))
    if rule["kind"] == "percent_off":
        amount = Fraction(spend * rule["bp"], 10000)
        cap = rule.get("cap")
        return _shared(lines, places, amount if cap is None else min(amount, Fraction(cap)))
    dearest = _units(lines, places)[0]
    return {dearest: max(Fraction(0), _value(lines[dearest]) - rule["price"])}


def _judge_coupons(basket: Object, lines: list[Object]) -> tuple[Object, list[tuple[Object, list[int]]]]:
    reasons: Object = {}
    usable = []
    for coupon in basket.get("coupons", []):
        mine = [
            n for n, line in enumerate(lines)
            if _in_scope(coupon, line) and (coupon.get("with_promotions", True) or not line["touched"])
        ]  # fmt: skip
        missing = coupon.get("min_spend", 0) - sum(lines[n]["net"] for n in mine)
        if coupon.get("excluded"):
            reasons[coupon["id"]] = {"reason": "excluded"}
        elif not _live(coupon, basket):
            reasons[coupon["id"]] = {"reason": "not_live"}
        elif not mine:
            reasons[coupon["id"]] = {"reason": "no_line"}
        elif missing > 0:
            reasons[coupon["id"]] = {"reason": "min_spend", "missing": missing}
        else:
            usable.append((coupon, mine))
    return reasons, usable


def _permitted(basket: Object, coupons: list[Object]) -> bool:
    rules = basket.get("rules", {})
    groups = [coupon["group"] for coupon in coupons if coupon.get("group") is not None]
    return (
        len(coupons) <= rules.get("max_coupons", 1)
        and all(groups.count(group) <= rules.get("group_max", {}).get(group, 1) for group in groups)
        and (len(coupons) == 1 or not any(coupon.get("exclusive") for coupon in coupons))
    )


def _choose(
    basket: Object, lines: list[Object], usable: list[tuple[Object, list[int]]]
) -> list[tuple[Object, list[int]]]:
    ordered = sorted(usable, key=lambda one: (TURN[one[0]["kind"]], one[0]["id"]))
    pinned = {coupon["id"] for coupon, _ in usable if coupon.get("pinned")}
    best = None
    for count in range(min(len(ordered), basket.get("rules", {}).get("max_coupons", 1)) + 1):
        for chosen in combinations(ordered, count):
            coupons = [coupon for coupon, _ in chosen]
            if pinned <= {one["id"] for one in coupons} and _permitted(basket, coupons):
                trial = [{**line, "discounts": []} for line in lines]
                for coupon, mine in chosen:
                    take_off(trial, _coupon_parts(coupon, trial, mine), "")
                key = (sum(line["net"] for line in trial), count, sum(map(_face, coupons)), _expiries(coupons))
                if best is None or key < best[0]:
                    best = (key, list(chosen))
    if best is None:
        raise ImpossiblePinError
    return best[1]


def _face(coupon: Object) -> int:
    return int(coupon["amount"] if coupon["kind"] == "amount_off" else coupon.get("cap") or 0)


def _expiries(coupons: list[Object]) -> list[tuple[bool, float, str]]:
    found = []
    for coupon in coupons:
        until = coupon.get("until")
        found.append((until is None, datetime.fromisoformat(until).timestamp() if until else 0.0, coupon["id"]))
    return sorted(found)
