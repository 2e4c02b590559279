"""What the window shows, as values. No screen computes money or reads a table: it paints these.

What a scan makes by the dozen (lines, their discounts, coupons) is a NamedTuple: made in a third of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from posclient.domain.leases import Right, Spendable
from posclient.domain.offline_limits import Limit
from posclient.domain.people import Member
from posclient.domain.points import NO_WORTH, Worth
from posclient.domain.tenders import Payment


class DiscountView(NamedTuple):
    """``name`` is HQ's name of the promotion or coupon, or the reason of a manual discount."""

    source: str
    name: str
    amount: int


class LineView(NamedTuple):
    """``list_price`` per piece; ``unit_price`` after member or manual price; ``off`` = gross at list price - net."""

    id: str
    sku: str
    style: str
    name: str
    variant: str
    qty: int
    list_price: int
    unit_price: int
    net: int
    off: int
    discounts: tuple[DiscountView, ...]
    manual_price: bool
    member_price: bool
    guide_id: str | None
    guide_name: str


class CouponView(NamedTuple):
    """``state``: used, unused. ``reason``: pricing.md's reason for an unused one (``missing`` fen with min_spend),
    plus the till's own: ``held`` (this till's records name it already), ``unknown_kind``, ``home_store`` (offline it is
    good in its member's home store alone), and those of ``domain.leases``.
    ``choice``: auto, pinned, excluded. ``amount``: fen taken off when used. ``right``: where the chain leases them."""

    id: str
    name: str
    state: str
    amount: int
    reason: str
    missing: int
    choice: str
    until: datetime | None
    right: Right | None = None


@dataclass(frozen=True, slots=True)
class MemberCard:
    """The member of this sale; ``new_here``: registered on this till, HQ has not answered yet.

    ``value``: what may be spent of their stored value, ``points``: of their points, in fen too, by their ``worth``;
    None where the chain has none. ``override_left``: fen that managers may still give today on coupons without a right.
    """

    member: Member
    tier_name: str
    own_guide_name: str
    coupons: tuple[CouponView, ...]
    new_here: bool = False
    value: Spendable | None = None
    points: Spendable | None = None
    worth: Worth = NO_WORTH
    override_left: int = 0


@dataclass(frozen=True, slots=True)
class CartView:
    """The cart as priced. ``touched`` is the line to mark; ``due`` what is still open, 0 when it can be completed.

    ``list_total`` = ``total`` + the four ``..._off``; ``manual_off`` counts manual prices too (a dearer one: below 0).
    ``rounding`` (抹零) is what the last payment rounded away: ``total`` = payments + ``rounding`` + ``due``.
    """

    cart_id: str
    lines: tuple[LineView, ...]
    pieces: int
    list_total: int
    promotion_off: int
    coupon_off: int
    manual_off: int
    member_off: int
    total: int
    member: MemberCard | None
    claimed_code: str | None
    guide_id: str | None
    guide_name: str
    touched: str | None
    paying: bool
    payments: tuple[Payment, ...]
    card_pending: int | None
    due: int
    rounding: int = 0
    discounts: tuple[DiscountView, ...] = ()
    #: Lines whose price moved though nobody touched them (a feed page, a promotion's end): to be announced.
    moved: tuple[str, ...] = ()
    #: The cart's member, also one whom HQ has united with another or taken from this store while payment is open.
    served: str | None = None
    #: Coupons of a frozen quote of which the store's hub is to say once more whose they are.
    unconfirmed: tuple[str, ...] = ()
    #: Public codes that were shown.
    codes: tuple[CouponView, ...] = ()

    @property
    def coupons(self) -> tuple[CouponView, ...]:
        """All that may be used: what was shown, and what the member holds."""
        return (*self.codes, *(self.member.coupons if self.member else ()))

    @property
    def saved(self) -> int:
        return self.list_total - self.total


class ScanKind(Enum):
    """What a scan turned out to be; decides tone and message."""

    PRODUCT = "product"
    MEMBER = "member"
    CLAIMED_MEMBER = "claimed_member"
    COUPON = "coupon"
    GUIDE = "guide"
    RECEIPT = "receipt"
    VALET = "valet"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ScanResult:
    """``raw`` is shown when it failed (T-39); ``code`` + ``params`` name the message; ``view`` the cart afterwards."""

    kind: ScanKind
    raw: str
    view: CartView
    code: str = ""
    params: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class MemberCandidate:
    """One of several matches: masked, for choosing (ux.md, manners)."""

    id: str
    masked_name: str
    masked_phone: str
    tier: str
    own_guide_name: str


@dataclass(frozen=True, slots=True)
class ProductHit:
    """A row of the search. ``here``/``others``: pieces in this store and elsewhere."""

    sku: str
    style: str
    name: str
    variant: str
    price: int
    here: int
    others: int


@dataclass(frozen=True, slots=True)
class GridCell:
    """Pieces of one SKU in this store and, last known, in the others (``elsewhere`` by store); where an order of one
    would be sent from, None where nobody is known to have it.
    """

    sku: str
    here: int
    others: int
    elsewhere: Mapping[str, int]
    expected: str | None


@dataclass(frozen=True, slots=True)
class ValetGrid:
    """A style by colour (rows) and size (columns); ``cells[(color, size)]`` where the SKU exists.

    ``colors`` are names or SKUs where HQ's colours do not tell the articles apart.
    """

    style: str
    name: str
    price: int
    colors: tuple[str, ...]
    sizes: tuple[str, ...]
    cells: Mapping[tuple[str, str], GridCell]
    stock_age_s: float | None
    store_names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ValetOrderView:
    """A row of the list of valet orders. ``changed``: HQ's answer that the guide has not seen yet; ``expected_name``:
    the place that the customer was told of.
    """

    id: str
    number: str
    at: datetime
    text: str
    total: int
    guide_name: str
    member_name: str
    state: str
    ships_from_name: str
    reason: str
    changed: bool
    expected_name: str = ""


@dataclass(frozen=True, slots=True)
class CareTaskView:
    """A guide's follow-up with the customer (masked), what they bought and the script, filled, to be copied.

    ``product`` is empty where another till sold it; the script then has ``{product}`` still.
    """

    id: str
    due: datetime
    overdue: bool
    state: str
    step_name: str
    member_name: str
    member_phone: str
    product: str
    receipt: str
    script: str
    note: str
    owner_name: str


@dataclass(frozen=True, slots=True)
class SaleDone:
    """A committed sale: what the screen shows next."""

    sale_id: str
    receipt: str
    total: int
    rounding: int
    tendered: int
    change: int
    points: int
    kick_drawer: bool


@dataclass(frozen=True, slots=True)
class TillStatus:
    """The status strip. Ages in seconds, None where nothing was loaded yet."""

    terminal: str
    store_name: str
    slot: int
    business_date: str
    unsent: int
    unsent_amount: int
    oldest_unsent_s: float | None
    ages: Mapping[str, float | None]
    training: bool = False
    #: Of the last sales those whose slip never came out, oldest first: told at the start after a power cut (T-2).
    not_printed: tuple[str, ...] = ()
    #: The clock is more than a day ahead of the last time used: a manager confirms it (``login.confirm_time``).
    clock_jumped: bool = False
    #: The clock is more than five minutes behind the last time used: it is to be set right; facts are marked (S-16).
    clock_suspect: bool = False
    #: What HQ decided about facts of this till, and money of carts that could not be read: no manager has seen it. One
    #: more where the record is damaged.
    decided: int = 0
    #: What HQ has against this till until it is enrolled anew: fork (HQ knows another history of it) or revoked.
    trouble: str | None = None
    #: What the time without HQ takes away, or soon will.
    limits: tuple[Limit, ...] = ()
    #: Since how many seconds personal data are sealed; None while they are not.
    sealed_s: float | None = None
