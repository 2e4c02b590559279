"""Readers of facts: one per (kind, version) that was ever released, kept for ever (protocol.md, identity and order).

A body is read strictly and within bounds, since its values go into columns: what does not fit is quarantined, never
refused. Unknown keys are left alone; the raw bytes are kept anyway.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from posclient.domain.facts import (
    CARE_TASK_CHANGED,
    CART_CLEARED,
    CLOCK_FLOOR_LOWERED,
    LEASE_RETURNED,
    MEMBER_REGISTERED,
    RULE_SKIPPED,
    SALE_COMPLETED,
    VALET_ORDER_PLACED,
)

#: PostgreSQL has no NUL in texts; in JSON there is one way to write it.
_NUL = b"\\u0000"
Id = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=4000)]
#: What an index is made of: PostgreSQL has no room there for long texts, and would refuse the whole batch.
Short = Annotated[str, Field(max_length=200)]
#: Fen; far beyond any sale, far within 64 bits.
Money = Annotated[int, Field(ge=-(10**15), le=10**15)]
Count = Annotated[int, Field(ge=0, le=10**9)]


class Body(BaseModel):
    """Strict types, unknown keys ignored."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Discount(Body):
    """What one promotion, coupon or person took off a line."""

    source: Text
    name: Text
    amount: Money


class Line(Body):
    """One line of a sale."""

    id: Id
    sku: Text
    gtin: Text
    name: Text
    qty: Count
    list_price: Money
    unit_price: Money
    gross: Money
    net: Money
    tax_bp: Count
    guide: Text | None
    discounts: list[Discount]


class PaymentPart(Body):
    """One payment."""

    id: Id
    tender: Text
    amount: Money
    tendered: Money
    reference: Text = ""


class Coupon(Body):
    """A coupon taken off."""

    coupon: Id
    amount: Money
    template: Text | None = None


class SharePart(Body):
    """Somebody's share of a line's performance."""

    line: Short
    guide: Id
    role: Text
    bp: Count
    amount: Money


class Task(Body):
    """A follow-up of a sale."""

    id: Id
    member: Id
    owner: Id
    cadence: Text
    step: Text
    due: Text


class Right(Body):
    """By what right a single-use coupon was used; written where the chain leases them."""

    coupon: Id
    right: Text
    approver: Text | None = None


class RemovalPart(Body):
    """Pieces that were rung up and taken out again before anybody paid; ``price``: fen a piece."""

    line: Text
    sku: Id
    name: Text
    qty: Count
    price: Money
    by: Text | None
    at: Short


class Stamp(Body):
    """``posclient.domain.facts.clock_stamp``: HQ's clock less the till's, in ms."""

    offset_ms: Annotated[int, Field(ge=-(10**13), le=10**13)] | None = None


class SaleCompletedV1(Body):
    """``posclient.domain.facts.sale_completed``."""

    id: Id
    receipt: Id
    seq: Annotated[int, Field(ge=1, le=10**12)]
    basket: Id | None
    at: Short
    business_date: Short
    shift: Text
    store: Id
    slot: Annotated[int, Field(ge=0, le=10**6)]
    cashier: Text
    guide: Text | None
    member: Id | None
    claimed_code: Short | None
    own_guide: Text | None
    lines: list[Line]
    payments: list[PaymentPart]
    rounding: Money
    gross: Money
    total: Money
    points: Money
    points_base: Money
    coupons: list[Coupon]
    shares: list[SharePart]
    tasks: list[Task]
    clock: Stamp = Stamp()
    rights: list[Right] = []
    removals: list[RemovalPart] = []


class NewCoupon(Body):
    """A newcomer coupon made on the till."""

    id: Id
    template: Id
    until: Text | None


class MemberRegisteredV1(Body):
    """``posclient.domain.facts.member_registered``; phone, name and birthday are in the side record ``side``."""

    member: Id
    code: Id
    own_guide: Text | None
    store: Id
    tier: Text
    coupons: list[NewCoupon]
    side: Text


class ValetLinePart(Body):
    """One line of a valet order."""

    sku: Id
    name: Text
    qty: Annotated[int, Field(ge=1, le=10**6)]
    price: Money


class ValetOrderPlacedV1(Body):
    """``posclient.domain.facts.valet_order_placed``; the address is in the side record ``side``."""

    id: Id
    number: Id
    at: Short
    store: Id
    lines: list[ValetLinePart]
    discount: Money
    total: Money
    guide: Id
    member: Id | None
    own_guide: Text | None
    shares: list[SharePart]
    side: Text | None
    expected: Id | None = None


class CareTaskChangedV1(Body):
    """``posclient.domain.facts.care_task_changed``."""

    task: Id
    change: Literal["done", "snoozed", "cancelled"]
    note: Text
    until: Text | None
    by: Text


class RuleSkippedV1(Body):
    """``posclient.domain.facts.rule_skipped``: kept for the people at HQ, no effect."""

    rule: Text
    rule_kind: Text


class ClockFloorLoweredV1(Body):
    """``posclient.domain.facts.clock_floor_lowered``: kept for the people at HQ, no effect."""

    to: Text


class LeaseReturnedV1(Body):
    """``posclient.domain.facts.lease_returned``."""

    coupon: Id
    not_after: Text


class CartClearedV1(Body):
    """``posclient.domain.facts.cart_cleared``."""

    cart: Id
    store: Id
    at: Text
    business_date: Short
    by: Text | None
    reason: Text
    removals: list[RemovalPart]


READERS: dict[tuple[str, int], type[Body]] = {
    (SALE_COMPLETED, 1): SaleCompletedV1,
    (MEMBER_REGISTERED, 1): MemberRegisteredV1,
    (VALET_ORDER_PLACED, 1): ValetOrderPlacedV1,
    (CARE_TASK_CHANGED, 1): CareTaskChangedV1,
    (RULE_SKIPPED, 1): RuleSkippedV1,
    (CLOCK_FLOOR_LOWERED, 1): ClockFloorLoweredV1,
    (LEASE_RETURNED, 1): LeaseReturnedV1,
    (CART_CLEARED, 1): CartClearedV1,
}


class UnreadableError(Exception):
    """A body that goes to quarantine. ``code``: unknown_kind or unreadable; ``detail`` holds no value of the body."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def read_body(kind: str, version: int, body: bytes) -> Body:
    """The content of a fact; ``UnreadableError``."""
    reader = READERS.get((kind, version))
    if reader is None:
        raise UnreadableError("unknown_kind", f"{kind[:40]} {version}")
    try:
        found = reader.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableError("unreadable", _where(error.errors(include_input=False, include_url=False))) from None
    if _NUL in body and _has_nul(found.model_dump()):
        raise UnreadableError("unreadable", "NUL")
    return found


def _has_nul(value: Any) -> bool:
    """In any text that goes into a column."""
    if isinstance(value, dict):
        return any(map(_has_nul, value.values()))
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


def _where(errors: list[Any]) -> str:
    """The first faults by place and type, without personal data."""
    return "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['type']}" for error in errors[:3])[:400]
