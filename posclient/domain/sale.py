"""A committed sale: frozen, complete, and all that a refund will ever need (nothing is priced again)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from posclient.domain.attribution import Share
from posclient.domain.care import CareTask
from posclient.domain.tenders import Payment


@dataclass(frozen=True, slots=True)
class SaleDiscount:
    """``source`` as in pricing.md (promotion:P1, coupon:K1, manual:D1); ``name`` is what the receipt says."""

    source: str
    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class SaleLine:
    """All money in fen; ``net`` is the line's total after discounts, ``tax_bp`` is included in it."""

    id: str
    sku: str
    gtin: str
    name: str
    variant: str
    qty: int
    list_price: int
    unit_price: int
    gross: int
    net: int
    tax_bp: int
    guide: str | None
    discounts: tuple[SaleDiscount, ...]
    reason: str = ""
    approver: str | None = None


@dataclass(frozen=True, slots=True)
class CouponUse:
    """One coupon taken off: ``amount`` fen in all; kept until its end + 30 days (protocol.md, pull)."""

    coupon: str
    amount: int
    until: datetime | None
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """due = total; total = sum of payment amounts + rounding (抹零, never inside a line)."""

    id: str
    receipt: str
    seq: int
    basket: str | None
    at: datetime
    business_date: date
    shift: str
    store: str
    slot: int
    cashier: str
    guide: str | None
    member: str | None
    claimed_code: str | None
    own_guide: str | None
    lines: tuple[SaleLine, ...]
    payments: tuple[Payment, ...]
    rounding: int
    gross: int
    total: int
    points: int
    points_base: int
    coupons: tuple[CouponUse, ...]
    shares: tuple[Share, ...]
    tasks: tuple[CareTask, ...]
    #: The basket and the quote exactly as priced, and the units of each discount group, as plain JSON.
    priced: Mapping[str, Any]

    @property
    def saved(self) -> int:
        """What the customer did not pay compared with the list prices."""
        return sum(line.list_price * line.qty for line in self.lines) - self.total

    @property
    def change(self) -> int:
        return sum(payment.change for payment in self.payments)
