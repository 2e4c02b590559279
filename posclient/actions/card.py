"""The member in front of the till, the coupons they hold, and public codes, kept in memory while they are served."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from posclient.actions.standing import Standing
from posclient.actions.views import CouponView, MemberCard
from posclient.domain.cart import Cart
from posclient.domain.facts import PUBLIC, CouponRight
from posclient.domain.leases import Right, Spendable
from posclient.domain.people import Member, MemberCoupon
from posclient.domain.points import NO_WORTH, Worth
from posclient.domain.pricing import Coupon, Quote


@dataclass(frozen=True, slots=True)
class Card:
    """``rules``: the coupons that may be offered, as pricing takes them; ``barred``: why the others may not,
    ``names`` by discount source.

    ``edges`` are the instants at which one of them begins or ends, in order. ``rights`` by coupon, where the chain
    leases them; ``value`` and ``points``: what may be spent of stored value and of points (fen), None where the chain
    has none; all as of ``standing``.
    """

    member: Member
    tier_name: str
    own_guide_name: str
    coupons: tuple[MemberCoupon, ...]
    names: Mapping[str, str]
    rules: tuple[Coupon, ...]
    barred: Mapping[str, str]
    edges: Sequence[datetime]
    new_here: bool
    rights: Mapping[str, Right] = field(default_factory=dict)
    value: Spendable | None = None
    points: Spendable | None = None
    worth: Worth = NO_WORTH
    standing: Standing | None = None
    override_left: int = 0

    def holds_at(self, at: datetime, standing: Standing) -> bool:
        """Are its rights still what they were when it was made?"""
        ends = [one.until for one in self.rights.values() if one.kind and one.until]
        ends += [one.until for one in (self.value, self.points) if one is not None and one.until is not None]
        return self.standing == standing and all(at < end for end in ends)

    def moment(self, at: datetime) -> int:
        """Another number whenever a coupon has begun or ended since."""
        return bisect_right(self.edges, at)


@dataclass(frozen=True, slots=True)
class PublicCodes:
    """The public codes that were shown at the cart and that HQ still knows; the rest as of ``Card``."""

    coupons: tuple[MemberCoupon, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Coupon, ...] = ()
    barred: Mapping[str, str] = field(default_factory=dict)
    edges: Sequence[datetime] = ()

    def rights(self, used: Collection[str]) -> tuple[CouponRight, ...]:
        """What the sale says of those that it uses: an HQ that has lost the code itself takes them for nobody's."""
        return tuple(CouponRight(one.id, PUBLIC) for one in self.coupons if one.id in used)

    def moment(self, at: datetime) -> int:
        """As of ``Card``."""
        return bisect_right(self.edges, at)


NO_CODES = PublicCodes()


def member_card(card: Card, cart: Cart, quote: Quote) -> MemberCard:
    """What the screen shows of the member."""
    return MemberCard(
        card.member, card.tier_name, card.own_guide_name, coupon_views(card, cart, quote), card.new_here, card.value,
        card.points, card.worth, card.override_left,
    )  # fmt: skip


def coupon_views(held: Card | PublicCodes, cart: Cart, quote: Quote) -> tuple[CouponView, ...]:
    """Each coupon with why it is used or not (T-51)."""
    rights = held.rights if isinstance(held, Card) else {}
    taken = _taken(quote)
    unused = {one.id: one for one in quote.unused}
    views = []
    for coupon in held.coupons:
        reason, missing = held.barred.get(coupon.id, ""), 0
        if coupon.id in unused:
            reason, missing = unused[coupon.id].reason, unused[coupon.id].missing or 0
        elif not reason and coupon.id not in taken:
            reason = "no_line" if cart.use_coupons else "excluded"
        state = "used" if coupon.id in taken else "unused"
        views.append(
            CouponView(
                coupon.id, coupon.name, state, taken.get(coupon.id, 0), reason, missing, _choice(coupon.id, cart),
                coupon.until, rights.get(coupon.id),
            )
        )  # fmt: skip
    return tuple(views)


def _taken(quote: Quote) -> dict[str, int]:
    """Fen by used coupon."""
    taken = dict.fromkeys(quote.used, 0)
    for line in quote.lines:
        for one in line.discounts:
            kind, _, coupon = one.source.partition(":")
            if kind == "coupon":
                taken[coupon] += one.amount
    return taken


def _choice(coupon: str, cart: Cart) -> str:
    if coupon in cart.pinned:
        return "pinned"
    return "excluded" if coupon in cart.excluded else "auto"
