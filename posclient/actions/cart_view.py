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
    """Names of staff; of discount sources (``promotion:P1``), where the first mapping that has one counts."""

    staff: Mapping[str, str]
    sources: tuple[Mapping[str, str], ...]

    def person(self, staff_id: str | None) -> str:
        """Empty for nobody; the id itself for somebody who is not known here any more."""
        return self.staff.get(staff_id, staff_id) if staff_id else ""

    def source(self, source: str) -> str:
        """HQ's name of a promotion or coupon, the reason of a manual discount."""
        for names in self.sources:
            if found := names.get(source):
                return found
        return source.partition(":")[2]


class LinePainter:
    """Makes the rows of the cart, and keeps those that stay as they are: a scan changes one or two of fifty.

    Where a discount goes over the whole cart it changes what is left of every line, and nothing else of them.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[CartLine, LineQuote, str | None, LineView]] = {}
        self._staff: Mapping[str, str] = {}

    def lines(self, cart: Cart, quote: Quote, names: Naming) -> tuple[LineView, ...]:
        """All rows of ``cart`` as ``quote`` prices them."""
        if names.staff is not self._staff:  # HQ has sent names anew
            self._staff, self._kept = names.staff, {}
        sources = {source for priced in quote.lines for source, _ in priced.discounts}
        called = {source: names.source(source) for source in sources}
        kept = {}
        for line, priced in zip(cart.lines, quote.lines, strict=True):
            guide, known = line.guide or cart.guide, self._kept.get(line.id)
            if not known or known[0] is not line or known[2] != guide:
                kept[line.id] = (line, priced, guide, _line(line, priced, guide, names.person(guide), called))
            elif known[1] == priced:
                kept[line.id] = known
            else:
                kept[line.id] = (line, priced, guide, _repriced(known[3], priced, called))
        self._kept = kept
        return tuple([row for _, _, _, row in kept.values()])


def cart_view(
    cart: Cart, quote: Quote, lines: tuple[LineView, ...], names: Naming, card: MemberCard | None, *, unit: int,
    touched: str | None, moved: Sequence[str] = (),
) -> CartView:  # fmt: skip
    """``lines`` by ``LinePainter``; ``unit`` is what cash is rounded down to, in fen."""
    discounts = _summed(lines)
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
        served=cart.member,
    )


def _off_list(lines: Iterable[LineView]) -> int:
    return sum((line.list_price - line.unit_price) * line.qty for line in lines)


_KINDS = ("promotion:", "coupon:", "manual:")


def _line(line: CartLine, priced: LineQuote, guide: str | None, guide_name: str, called: Mapping[str, str]) -> LineView:
    product = line.product
    return LineView(
        id=line.id,
        sku=product.sku,
        style=product.style,
        name=product.name,
        variant=product.variant,
        qty=line.qty,
        list_price=line.list_price,
        unit_price=priced.unit_price,
        net=priced.net,
        off=line.list_price * line.qty - priced.net,
        discounts=_discounts(priced, called),
        manual_price=line.manual_price != line.label_price,
        member_price=line.manual_price is None and priced.unit_price < product.price,
        guide_id=guide,
        guide_name=guide_name,
    )


def _repriced(row: LineView, priced: LineQuote, called: Mapping[str, str]) -> LineView:
    """The same line of the cart at another price. In the order of the fields: ``_replace`` takes five times as long."""
    return LineView(
        *row[:7],
        priced.unit_price,
        priced.net,
        row.list_price * row.qty - priced.net,
        _discounts(priced, called),
        row.manual_price,
        not row.manual_price and priced.unit_price < row.list_price,
        *row[13:],
    )


def _discounts(priced: LineQuote, called: Mapping[str, str]) -> tuple[DiscountView, ...]:
    return tuple([DiscountView(source, called[source], amount) for source, amount in priced.discounts])


def _summed(lines: Iterable[LineView]) -> tuple[DiscountView, ...]:
    """One row per source, in the order in which they were first taken."""
    names: dict[str, str] = {}
    amounts: dict[str, int] = {}
    for line in lines:
        for source, name, amount in line.discounts:
            names.setdefault(source, name)
            amounts[source] = amounts.get(source, 0) + amount
    return tuple([DiscountView(source, name, amounts[source]) for source, name in names.items()])
