"""What a slip says, as plain values. ``receipt_layout`` arranges them; the printer, the screen and the PDF draw that.

All money in fen. Names and texts are as they came: whoever draws them cleans them (S-6, S-7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class SlipKind(Enum):
    """Each has its own layout (ux.md, receipt)."""

    SALE = "sale"
    REFUND = "refund"
    EXCHANGE = "exchange"
    VALET = "valet"


@dataclass(frozen=True, slots=True)
class ReceiptDiscount:
    """What was taken off a line, by HQ's name of the promotion or coupon or the reason of a manual discount."""

    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """``list_price`` and ``unit_price`` per piece: they differ by a member price, or by hand where ``manual`` is set.

    ``net`` is the line's total; for pieces that come back (``returned``) what is given back for them.
    """

    name: str
    variant: str
    qty: int
    list_price: int
    unit_price: int
    net: int
    discounts: tuple[ReceiptDiscount, ...] = ()
    sku: str = ""
    guide: str = ""
    manual: bool = False
    returned: bool = False


@dataclass(frozen=True, slots=True)
class ReceiptPayment:
    """``tender`` is a tender's kind; its word is the label ``tender_<kind>``. Negative where money goes back."""

    tender: str
    amount: int
    tendered: int
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptMember:
    """Masked by whoever makes it (``domain.people``): a slip lies about. ``balance`` of points, None if not known.

    ``stored_value``: what is left, in fen; None where it was not paid with.
    """

    masked_name: str
    masked_phone: str = ""
    points: int = 0
    balance: int | None = None
    stored_value: int | None = None


@dataclass(frozen=True, slots=True)
class ReceiptData:
    """One slip. ``at`` is the shop's local time. ``total`` after discounts, before ``rounding`` (抹零).

    ``total = sum of payments + rounding``. ``barcode`` is scanned for returns: the slip's number. ``original``: the
    number of the slip that a refund or exchange is for. ``ship_to`` and ``state`` (a label's name) are a valet order's.
    """

    kind: SlipKind
    store_name: str
    number: str
    at: datetime
    cashier: str
    lines: tuple[ReceiptLine, ...]
    total: int
    guide: str = ""
    store_address: str = ""
    store_phone: str = ""
    payments: tuple[ReceiptPayment, ...] = ()
    rounding: int = 0
    change: int = 0
    saved: int = 0
    member: ReceiptMember | None = None
    return_rules: str = ""
    barcode: str = ""
    original: str = ""
    ship_to: tuple[str, ...] = ()
    state: str = ""
    pending_offline: bool = False
    copy: bool = False
    training: bool = False
