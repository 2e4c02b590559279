"""From an open cart to the basket that pricing takes (pricing.md)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from posclient.domain.cart import Cart, CartDiscount, CartLine
from posclient.domain.people import Member
from posclient.domain.pricing import Basket, Coupon, Line, ManualDiscount, MemberTerms, Promotion, Rules


@dataclass(frozen=True, slots=True)
class Offers:
    """What may take something off, read once when the cache changed, not at every scan."""

    promotions: tuple[Promotion, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    rules: Rules = field(default_factory=Rules)


class BasketMaker:
    """Makes baskets, and keeps the lines of the last one: a scan changes one of fifty."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[CartLine, Line]] = {}

    def basket(self, cart: Cart, at: datetime, store: str, member: Member | None, offers: Offers) -> Basket:
        """``at`` is business time. A claimed code is sold to at non-member terms (protocol.md, members)."""
        return Basket(
            at=at,
            store=store,
            member=MemberTerms(member.id, member.tier) if member else None,
            lines=self._lines(cart),
            promotions=offers.promotions,
            coupons=tuple(_chosen(coupon, cart) for coupon in offers.coupons) if cart.use_coupons else (),
            manual_discounts=tuple(_discount(one) for one in cart.discounts),
            rules=offers.rules,
        )

    def _lines(self, cart: Cart) -> tuple[Line, ...]:
        kept = {}
        for line in cart.lines:
            known = self._kept.get(line.id)
            kept[line.id] = known if known and known[0] is line else (line, _line(line))
        self._kept = kept
        return tuple([made for _, made in kept.values()])


def _line(line: CartLine) -> Line:
    product = line.product
    return Line(
        id=line.id,
        sku=product.sku,
        qty=line.qty,
        price=product.price,
        member_prices=product.member_prices,
        tags=tuple(product.tags),
        manual_price=line.manual_price,
    )


def _chosen(coupon: Coupon, cart: Cart) -> Coupon:
    """The coupon with what the cashier decided about it."""
    if coupon.id in cart.pinned:
        return replace(coupon, pinned=True)
    return replace(coupon, excluded=True) if coupon.id in cart.excluded else coupon


def _discount(one: CartDiscount) -> ManualDiscount:
    return ManualDiscount(id=one.id, kind=one.kind, value=one.value, lines=one.lines, reason=one.reason)
