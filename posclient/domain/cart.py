"""The open cart. It changes only through its methods, each of which gives a new cart.

A cart knows nothing of prices off: ``domain.quoting`` turns it into a basket for ``domain.pricing``. All that a restart
must bring back is in it (architecture.md, time in a cart), and ``domain.cart_text`` takes it to and from JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from posclient.domain.catalog import Product
from posclient.domain.tenders import Payment
from posclient.errors import InputError, NotFound

#: The reason of a price that the label says: HQ's rule gives it, no person does (``Cart.add_at``).
FROM_LABEL = "embedded_code"
#: More of one article in one line is a slip of the finger.
MOST_PIECES = 9999


@dataclass(frozen=True, slots=True)
class CartLine:
    """One row of the cart. Prices in fen, as they were when the line was last looked up.

    ``label_price``: what a label said, whatever was made of it by hand; the article's own may be that of a kilogram.
    """

    id: str
    product: Product
    qty: int = 1
    manual_price: int | None = None
    reason: str = ""
    approver: str | None = None
    guide: str | None = None
    label_price: int | None = None

    @property
    def list_price(self) -> int:
        """Of a piece, before anything is taken off."""
        return self.product.price if self.label_price is None else self.label_price

    @property
    def is_by_hand(self) -> bool:
        """Did a person set its price? Of a label's it is HQ's rule."""
        return self.manual_price is not None and self.reason != FROM_LABEL


@dataclass(frozen=True, slots=True)
class CartDiscount:
    """A manual discount: kind ``amount_off`` (fen) or ``percent_off`` (bp) over ``lines`` (empty: all)."""

    id: str
    kind: str
    value: int
    reason: str
    lines: tuple[str, ...] = ()
    approver: str | None = None


@dataclass(frozen=True, slots=True)
class CardAttempt:
    """An amount shown as to be charged on the card terminal, whose outcome is not known yet."""

    id: str
    amount: int


@dataclass(frozen=True, slots=True)
class CouponHold:
    """HQ keeps a coupon for this cart ``until`` then (ISO 8601), by our clock; ``hq_until``: by its own, as signed."""

    coupon: str
    until: str
    hq_until: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class CartLease:
    """``domain.leases.ValueLease`` as the cart keeps it: ``amount`` of ``unit``, fen of stored value or points;
    ``not_after`` is ISO 8601; ``signature``: HQ's.
    """

    id: str
    member: str
    unit: str
    amount: int
    not_after: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """A manager's yes to a coupon that this till has no right to (protocol.md, coupons)."""

    coupon: str
    approver: str


@dataclass(frozen=True, slots=True)
class Removal:
    """Pieces that were rung up and taken out again before anybody paid: a theft at the till looks like this, too.

    ``price``: fen a piece, as the cart said then; ``by``: who was logged in; ``at``: ISO 8601.
    """

    line: str
    sku: str
    name: str
    qty: int
    price: int
    by: str | None
    at: str

    @property
    def amount(self) -> int:
        return self.qty * self.price


@dataclass(frozen=True, slots=True)
class Cart:
    """``member`` is a member's id; ``claimed_code`` a member code that is unknown here (protocol.md, members)."""

    id: str
    basket: str | None = None
    lines: tuple[CartLine, ...] = ()
    next_line: int = 1
    member: str | None = None
    claimed_code: str | None = None
    guide: str | None = None
    pinned: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()  # codes that were shown: they stay, whoever is served
    use_coupons: bool = True
    holds: tuple[CouponHold, ...] = ()
    overrides: tuple[Override, ...] = ()
    #: Stored value and points that HQ leased on top, for this cart: it answers before its feed does.
    on_top: tuple[CartLease, ...] = ()
    discounts: tuple[CartDiscount, ...] = ()
    #: Since the cart was begun, or since the last fact that tells of them.
    removals: tuple[Removal, ...] = ()
    payments: tuple[Payment, ...] = ()
    card_attempt: CardAttempt | None = None
    #: Set while payment is open: the frozen quote as JSON, and its instant. Nothing reprices then.
    frozen_quote: Mapping[str, Any] | None = field(default=None)

    @property
    def pieces(self) -> int:
        return sum(line.qty for line in self.lines)

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def paying(self) -> bool:
        return self.frozen_quote is not None

    @property
    def has_money(self) -> bool:
        """Has the customer paid some of it, or may a card have been charged by now?"""
        return bool(self.payments) or self.card_attempt is not None

    @property
    def paid(self) -> int:
        return sum(payment.amount for payment in self.payments)

    def line(self, line_id: str) -> CartLine:
        for line in self.lines:
            if line.id == line_id:
                return line
        raise NotFound("unknown_line", line=line_id)

    def add(self, product: Product, qty: int = 1) -> Cart:
        """One more of an article: into its last plain line, else a new line at the end."""
        _check_qty(qty)
        for line in self._plain_lines(product.sku):
            if line.qty + qty <= MOST_PIECES:
                return self._with(replace(line, product=product, qty=line.qty + qty))
        added = CartLine(str(self.next_line), product, qty)
        return replace(self, lines=(*self.lines, added), next_line=self.next_line + 1)

    def add_at(self, product: Product, price: int, reason: str) -> Cart:
        """One piece at a price of its own (fen), always on a line of its own: a label that says its price."""
        added = CartLine(str(self.next_line), product, 1, price, reason, label_price=price)
        return replace(self, lines=(*self.lines, added), next_line=self.next_line + 1)

    def last_line_of(self, sku: str) -> CartLine:
        """The line that a scan of ``sku`` has just touched."""
        found = next(self._plain_lines(sku), None)
        if found is None:
            raise NotFound("unknown_line", line=sku)
        return found

    def _plain_lines(self, sku: str) -> Iterator[CartLine]:
        """Those of an article, last first, without a price or discount of their own: a stain is on one piece alone."""
        special = {line_id for discount in self.discounts for line_id in discount.lines}
        return (
            line
            for line in reversed(self.lines)
            if line.product.sku == sku and line.manual_price is None and line.id not in special
        )

    def set_quantity(self, line_id: str, qty: int) -> Cart:
        _check_qty(qty)
        return self._with(replace(self.line(line_id), qty=qty))

    def remove(self, line_id: str) -> Cart:
        """Take a line out, and with it the manual discounts that were for it alone; with the last one all of them."""
        self.line(line_id)
        left, kept = tuple(line for line in self.lines if line.id != line_id), []
        for discount in self.discounts:
            lines = tuple(other for other in discount.lines if other != line_id)
            if lines or (left and not discount.lines):
                kept.append(replace(discount, lines=lines))
        return replace(self, lines=left, discounts=tuple(kept))

    def noting(self, *removals: Removal) -> Cart:
        """With what was taken out."""
        return replace(self, removals=(*self.removals, *removals))

    def set_price(self, line_id: str, price: int | None, reason: str, approver: str | None) -> Cart:
        """A manual unit price in fen; None takes it back, to what the label said where there is one."""
        line = self.line(line_id)
        if price is None:
            price, reason = line.label_price, "" if line.label_price is None else FROM_LABEL
        return self._with(replace(line, manual_price=price, reason=reason, approver=approver))

    def set_line_guide(self, line_id: str, guide: str | None) -> Cart:
        return self._with(replace(self.line(line_id), guide=guide))

    def add_discount(self, discount: CartDiscount) -> Cart:
        for line_id in discount.lines:
            self.line(line_id)
        return replace(self, discounts=(*self.discounts, discount))

    def approved(self, approver: str) -> Cart:
        """Whatever was taken off by hand and nobody approved, with the name of who does now."""
        asked = {line.id for line in self.lines if line.is_by_hand and line.approver is None}
        lines = [replace(line, approver=approver) if line.id in asked else line for line in self.lines]
        discounts = [one if one.approver else replace(one, approver=approver) for one in self.discounts]
        return replace(self, lines=tuple(lines), discounts=tuple(discounts))

    def remove_discount(self, discount_id: str) -> Cart:
        return replace(self, discounts=tuple(one for one in self.discounts if one.id != discount_id))

    def set_member(self, member: str | None, claimed_code: str | None = None) -> Cart:
        """Another member brings other coupons: what was pinned, left out or kept for this one is forgotten."""
        fresh = replace(self, pinned=self.pinned & self.public, excluded=self.excluded & self.public)
        return replace(fresh, member=member, claimed_code=claimed_code, holds=(), overrides=(), on_top=())

    def lease_more(self, *leases: CartLease) -> Cart:
        """HQ may have been asked twice before its first answer came: each lease is one of its own."""
        known = {one.id for one in leases}
        return replace(self, on_top=(*(one for one in self.on_top if one.id not in known), *leases))

    def set_guide(self, guide: str | None) -> Cart:
        return replace(self, guide=guide)

    def pin_coupon(self, coupon: str) -> Cart:
        return replace(self, pinned=self.pinned | {coupon}, excluded=self.excluded - {coupon})

    def exclude_coupon(self, coupon: str) -> Cart:
        return replace(self, pinned=self.pinned - {coupon}, excluded=self.excluded | {coupon})

    def free_coupon(self, coupon: str) -> Cart:
        """Back to the till's own choice."""
        return replace(self, pinned=self.pinned - {coupon}, excluded=self.excluded - {coupon})

    def hold_coupon(self, hold: CouponHold) -> Cart:
        """HQ keeps a coupon for this cart."""
        return replace(self, holds=(*(one for one in self.holds if one.coupon != hold.coupon), hold))

    def override_coupon(self, coupon: str, approver: str) -> Cart:
        """A manager said yes; a coupon that was asked for like this is insisted on."""
        others = tuple(one for one in self.overrides if one.coupon != coupon)
        return replace(self.pin_coupon(coupon), overrides=(*others, Override(coupon, approver)))

    def refreshed(self, products: Mapping[str, Product]) -> Cart:
        """The same lines with what the cache now says of their products."""
        lines = tuple([_with_product(line, products.get(line.product.sku)) for line in self.lines])
        return self if lines == self.lines else replace(self, lines=lines)

    def _with(self, changed: CartLine) -> Cart:
        return replace(self, lines=tuple(changed if line.id == changed.id else line for line in self.lines))


def _with_product(line: CartLine, product: Product | None) -> CartLine:
    """The same value where nothing changed: what is kept for a line (its text) stays good."""
    if product is None or product is line.product or product == line.product:
        return line
    return replace(line, product=product)


def _check_qty(qty: int) -> None:
    if not 1 <= qty <= MOST_PIECES:
        raise InputError("quantity", qty=qty, most=MOST_PIECES)
