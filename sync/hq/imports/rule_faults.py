"""What is wrong with the rule of a promotion or coupon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from posclient.domain.pricing.offer import Offer
from posclient.domain.pricing.reading import BadBasket, Fields
from posclient.domain.pricing.unknown_keys import ListeningFields
from sync.hq.imports.batch import Batch
from sync.hq.imports.nearest import named
from sync.hq.imports.reading import Row
from sync.hq.imports.tiers_and_guides import tier_named, unknown_tier


def rule_fault(
    batch: Batch, row: Row, column: str, read: Callable[[Fields], Offer], rule: dict[str, Any]
) -> tuple[str, str] | None:
    """Where and what it is. ``column``: of the rule; a list may have columns for some of its keys, which are told then
    and no key of what was made of them.
    """
    fields = ListeningFields(rule, column)
    try:
        offer = read(fields)
    except BadBasket as error:
        return (error.field, "missing_key") if error.code == "missing" and column == "rule" else (column, "bad_rule")
    if unknown := next(fields.unknown(), None):
        place, name = unknown
        return place.path(named(name, place.asked)), "unknown_key"
    if offer.since and offer.until and offer.until <= offer.since:
        return "until" if row.values.get("until") else f"{column}.until", "until_first"
    if not batch.stores.keys() >= set(offer.stores):
        return f"{column}.stores", "unknown_store"
    tier = unknown_tier(batch, getattr(offer, "tiers", ()))
    return (f"{column}.tiers {tier_named(batch, tier)}", "unknown_tier") if tier is not None else None
