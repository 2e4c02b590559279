"""What is to be priced, and how it is read from JSON (pricing.md, in)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from posclient.domain.pricing.coupon import Coupon
from posclient.domain.pricing.kinds import read_coupon_rule, read_promotion_rule
from posclient.domain.pricing.manual import ManualDiscount, read_manual_discount
from posclient.domain.pricing.promotion import Promotion
from posclient.domain.pricing.reach import FEWEST, load_blocks
from posclient.domain.pricing.reading import Fields, check_unique


@dataclass(frozen=True, slots=True)
class Line:
    """``price`` and what may stand in its place: fen per unit. Its tags always include ``sku:<sku>``."""

    id: str
    sku: str
    qty: int
    price: int
    member_prices: Mapping[str, int] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    manual_price: int | None = None

    def unit_price(self, tier: str | None) -> int:
        """Step 1: the manual price, else the smaller of price and tier price."""
        if self.manual_price is not None:
            return self.manual_price
        return self.price if tier is None else min(self.price, self.member_prices.get(tier, self.price))


@dataclass(frozen=True, slots=True)
class MemberTerms:
    """What pricing must know of a member."""

    id: str | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How many coupons a sale takes, in all and of each group (1 of a group that is not named)."""

    max_coupons: int = 1
    group_max: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Basket:
    """All that a price depends on. ``at`` is aware."""

    at: datetime
    store: str
    lines: tuple[Line, ...]
    member: MemberTerms | None = None
    promotions: tuple[Promotion, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    manual_discounts: tuple[ManualDiscount, ...] = ()
    rules: Rules = Rules()

    @property
    def tier(self) -> str | None:
        return self.member.tier if self.member else None


def read_basket(obj: object) -> Basket:
    """A basket from parsed JSON. Unknown keys are ignored; whatever else is wrong is a ``BadBasket``."""
    fields = Fields(obj, "")
    lines = tuple([_read_line(line) for line in fields.objects("lines", required=True)])
    promotions = tuple([read_promotion_rule(rule) for rule in fields.objects("promotions")])
    coupons = tuple([read_coupon_rule(rule) for rule in fields.objects("coupons")])
    if len(coupons) >= FEWEST:
        load_blocks()
    ids = {line.id for line in lines}
    discounts = tuple([read_manual_discount(one, ids) for one in fields.objects("manual_discounts")])
    check_unique([line.id for line in lines], "lines")
    check_unique([promotion.id for promotion in promotions], "promotions")
    check_unique([coupon.id for coupon in coupons], "coupons")
    check_unique([discount.id for discount in discounts], "manual_discounts")
    return Basket(
        at=fields.moment("at"), store=fields.text("store"), lines=lines, member=_read_member(fields),
        promotions=promotions, coupons=coupons, manual_discounts=discounts, rules=_read_rules(fields.fields("rules")),
    )  # fmt: skip


def _read_line(fields: Fields) -> Line:
    return Line(
        fields.text("id"), fields.text("sku"), fields.integer("qty", least=1), fields.integer("price"),
        fields.integers("member_prices"), fields.texts("tags"), fields.optional_integer("manual_price"),
    )  # fmt: skip


def _read_member(fields: Fields) -> MemberTerms | None:
    if not fields.has("member"):
        return None
    member = fields.fields("member")
    return MemberTerms(member.optional_text("id"), member.optional_text("tier"))


def _read_rules(fields: Fields) -> Rules:
    return Rules(fields.integer_or(1, "max_coupons"), fields.integers("group_max"))
