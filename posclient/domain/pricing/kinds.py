"""The registry: which kinds of promotion and coupon there are. Rules travel as ``{kind, ...}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posclient.domain.pricing.coupon import Coupon
from posclient.domain.pricing.coupon_amount import AmountCoupon
from posclient.domain.pricing.coupon_exchange import ExchangeCoupon
from posclient.domain.pricing.coupon_percent import PercentCoupon
from posclient.domain.pricing.promotion import Promotion
from posclient.domain.pricing.promotion_groups import BundlePrice, NthUnit
from posclient.domain.pricing.promotion_spend import SpendSave
from posclient.domain.pricing.promotion_units import AmountOff, FixedPrice, PercentOff
from posclient.domain.pricing.reading import Fields

PROMOTIONS: Mapping[str, type[Promotion]] = {
    kind.kind: kind for kind in (PercentOff, AmountOff, FixedPrice, NthUnit, BundlePrice, SpendSave)
}
COUPONS: Mapping[str, type[Coupon]] = {kind.kind: kind for kind in (ExchangeCoupon, PercentCoupon, AmountCoupon)}


def known_kind(rule: Mapping[str, Any], kinds: Mapping[str, Any]) -> bool:
    """Can this program price ``rule``? ``kinds`` is ``PROMOTIONS`` or ``COUPONS``.

    The till drops and reports a rule of a kind that it does not know, before pricing: a new kind at HQ must not stop
    sales (pricing.md, out).
    """
    kind = rule.get("kind")
    return isinstance(kind, str) and kind in kinds


def read_promotion_rule(fields: Fields) -> Promotion:
    """Any promotion, by its kind."""
    kind = PROMOTIONS.get(fields.text("kind"))
    if kind is None:
        raise fields.bad("unknown_kind", "kind")
    return kind.read(fields)


def read_coupon_rule(fields: Fields) -> Coupon:
    """Any coupon, by its kind."""
    kind = COUPONS.get(fields.text("kind"))
    if kind is None:
        raise fields.bad("unknown_kind", "kind")
    return kind.read(fields)
