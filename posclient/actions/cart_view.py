"""The cart as the window paints it: values made from a cart, its quote and the names behind the ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from posclient.actions.views import CartView, DiscountView, LineView, MemberCard
from posclient.domain.cart import Cart, CartLine
from posclient.domain.pricing import LineQuote, Quote
from posclient.domain.settling import rounding_taken, still_open


@dataclass(frozen=True, slots=True)
class Naming:
    """Names of staff, and of discount sources (``promotion:P1``)."""

    staff: Mapping[str, str]
    sources: Mapping[str, str]

    def person(self, staff_id: str | None) -> str:
        """Empty for nobody; the id itself for somebody who is not known here any more."""
        return self.staff.get(staff_id, staff_id) if staff_id else ""

    def source(self, source: str) -> str:
        return self.sources.get(source) or source.partition(":")[2]


def cart_view(
    cart: Cart, quote: Quote, names: Naming, card: MemberCard | None, *, unit: int, touched: str | None,
    moved: Sequence[str] = (),
) -> CartView:  # fmt: skip
    """``unit`` is what cash is rounded down to, in fen."""
    lines = tuple(_line(line, priced, cart, names) for line, priced in zip(cart.lines, quote.lines, strict=True))
    discounts = _summed(discount for line in lines for discount in line.discounts)
    off = {kind: sum(one.amount for one in discounts if one.source.startswith(kind)) for kind in _KINDS}
    return CartView(
        cart_id=cart.id,
        lines=lines,
        pieces=cart.pieces,
        list_total=sum(line.list_price * line.qty for line in lines),
        promotion_off=off["promotion:"],
        coupon_off=off["coupon:"],
        manual_off=off["manual:"] + _off_list(line for line in lines if line.manual_price),
        member_off=_off_list(line for line in lines if line.member_price),
        total=quote.total,
        member=card,
        claimed_code=cart.claimed_code,
        guide_id=cart.guide,
        guide_name=names.person(cart.guide),
        touched=touched,
        paying=cart.paying,
        payments=cart.payments,
        card_pending=cart.card_attempt.amount if cart.card_attempt else None,
        due=still_open(quote.total, cart.payments, unit),
        rounding=rounding_taken(quote.total, cart.payments, unit),
        discounts=discounts,
        moved=tuple(moved),
    )


def _off_list(lines: Iterable[LineView]) -> int:
    return sum((line.list_price - line.unit_price) * line.qty for line in lines)


_KINDS = ("promotion:", "coupon:", "manual:")


def _line(line: CartLine, priced: LineQuote, cart: Cart, names: Naming) -> LineView:
    guide = line.guide or cart.guide
    product = line.product
    return LineView(
        id=line.id,
        sku=product.sku,
        style=product.style,
        name=product.name,
        variant=product.variant,
        qty=line.qty,
        list_price=product.price,
        unit_price=priced.unit_price,
        net=priced.net,
        off=product.price * line.qty - priced.net,
        discounts=tuple(DiscountView(one.source, names.source(one.source), one.amount) for one in priced.discounts),
        manual_price=line.manual_price is not None,
        member_price=line.manual_price is None and priced.unit_price < product.price,
        guide_id=guide,
        guide_name=names.person(guide),
    )


def _summed(discounts: Iterable[DiscountView]) -> tuple[DiscountView, ...]:
    """One row per source, in the order in which they were first taken."""
    found: dict[str, DiscountView] = {}
    for one in discounts:
        known = found.get(one.source)
        found[one.source] = DiscountView(one.source, one.name, one.amount + (known.amount if known else 0))
    return tuple(found.values())
