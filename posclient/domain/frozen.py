"""The quote that payment was opened on: it is committed, whatever HQ sends meanwhile (architecture.md, cart)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from posclient.domain.facts import CouponRight
from posclient.domain.pricing import Basket, GroupUnits, LineDiscount, LineQuote, Quote, Unused, quote_json

Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Frozen:
    """``unit`` is what cash is rounded down to (fen), ``names`` what the receipt calls a source, ``coupons`` each
    offered coupon's (end, template), ``rights`` by what right one is used; ``priced`` is what the sale keeps for
    refunds: basket, quote and groups as JSON.
    """

    unit: int
    own_guide: str | None
    names: Mapping[str, str]
    coupons: Mapping[str, tuple[datetime | None, str | None]]
    quote: Quote
    priced: Mapping[str, Any]
    rights: tuple[CouponRight, ...] = ()


def priced_json(
    basket: Basket, quote: Quote, promotions: Mapping[str, Rule], coupons: Mapping[str, Rule]
) -> dict[str, Any]:
    """Basket and quote as priced, and the units of each group. ``posclient price`` makes the quote of the basket.

    ``promotions`` and ``coupons`` are HQ's rules by id, as sent; promotions that are not live now are left out.
    """
    return {
        "basket": _basket_json(basket, promotions, coupons),
        "quote": quote_json(quote),
        "groups": [
            {"source": one.source, "times": one.times, "units": [list(unit) for unit in one.units]}
            for one in quote.groups
        ],
    }


def _basket_json(basket: Basket, promotions: Mapping[str, Rule], coupons: Mapping[str, Rule]) -> dict[str, Any]:
    return {
        "at": basket.at.isoformat(),
        "store": basket.store,
        "member": {"id": basket.member.id, "tier": basket.member.tier} if basket.member else None,
        "lines": [
            {
                "id": line.id, "sku": line.sku, "qty": line.qty, "price": line.price,
                "member_prices": dict(line.member_prices), "tags": sorted(line.tags), "manual_price": line.manual_price,
            }
            for line in basket.lines
        ],
        "promotions": [dict(promotions[one.id]) for one in basket.promotions if one.live(basket.at, basket.store)],
        "coupons": [{**coupons[one.id], "pinned": one.pinned, "excluded": one.excluded} for one in basket.coupons],
        "manual_discounts": [
            {"id": one.id, "kind": one.kind, _VALUE[one.kind]: one.value, "lines": [*one.lines], "reason": one.reason}
            for one in basket.manual_discounts
        ],
        "rules": {"max_coupons": basket.rules.max_coupons, "group_max": dict(basket.rules.group_max)},
    }  # fmt: skip


_VALUE = {"amount_off": "amount", "percent_off": "bp"}


def frozen_json(frozen: Frozen) -> dict[str, Any]:
    """Plain JSON, for the open cart; ``read_frozen`` is its inverse."""
    return {
        "unit": frozen.unit,
        "own_guide": frozen.own_guide,
        "names": dict(frozen.names),
        "coupons": {name: [end.isoformat() if end else None, made] for name, (end, made) in frozen.coupons.items()},
        "priced": dict(frozen.priced),
        "rights": [asdict(one) for one in frozen.rights],
    }


def read_frozen(data: Mapping[str, Any]) -> Frozen:
    """What ``frozen_json`` gave, after a restart."""
    ends = {name: (datetime.fromisoformat(end) if end else None, made) for name, (end, made) in data["coupons"].items()}
    priced = data["priced"]
    rights = tuple(CouponRight(**one) for one in data.get("rights", ()))
    return Frozen(data["unit"], data["own_guide"], data["names"], ends, _read_quote(priced), priced, rights)


def _read_quote(priced: Mapping[str, Any]) -> Quote:
    quote = priced["quote"]
    return Quote(
        lines=tuple(
            LineQuote(
                line["id"], line["unit_price"], line["gross"], line["net"],
                tuple(LineDiscount(one["source"], one["amount"]) for one in line["discounts"]),
            )
            for line in quote["lines"]
        ),
        gross=quote["gross"],
        total=quote["total"],
        used=tuple(quote["used"]),
        unused=tuple(Unused(one["id"], one["reason"], one.get("missing")) for one in quote["unused"]),
        groups=tuple(
            GroupUnits(one["source"], one["times"], tuple((line, units, taken) for line, units, taken in one["units"]))
            for one in priced["groups"]
        ),
    )  # fmt: skip
