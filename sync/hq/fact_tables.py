"""What tills sent: facts as they came, and what was read out of them. Nothing here is ever changed but states."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field

from sync.hq.tables import HqTable, long_key, whole

#: Of a fact: it was applied although something in it contradicts what HQ knows. Word for word as its index has it: the
#: planner of neither database sees a value that comes as a parameter.
IS_EXCEPTION = text("outcome = 'applied_with_exception'")


class FactRow(HqTable, table=True):
    """Envelope version 1, raw. ``outcome`` is what the till was told first."""

    __tablename__ = "fact"
    __table_args__ = (
        Index("fact_place", "terminal", "incarnation", "seq", unique=True),
        Index("fact_received", "received_ms"),
        Index("fact_exception", "received_ms", sqlite_where=IS_EXCEPTION, postgresql_where=IS_EXCEPTION),
    )
    id: str = Field(primary_key=True)
    terminal: str
    incarnation: str
    seq: int = whole()
    kind: str
    kind_version: int = whole()
    body: bytes
    hash: str
    outcome: str
    code: str | None = None
    received_ms: int = whole()


class Quarantine(HqTable, table=True):
    """A fact that HQ could not read, or that contradicts one it has: raw, for a person to look at."""

    __tablename__ = "quarantine"
    __table_args__ = (Index("quarantine_place", "terminal", "incarnation", "seq"),)
    number: int | None = Field(default=None, primary_key=True)
    terminal: str
    incarnation: str
    seq: int = whole()
    fact: str
    kind: str
    kind_version: int = whole()
    body: bytes
    hash: str
    code: str
    detail: str
    received_ms: int = whole()


class Incident(HqTable, table=True):
    """A journal that is not as it was made, for a person to look into (S-19, S-24).

    ``code``: fork (``expected``: the hash that is here), bad_hash (``expected``: the right one), missing (facts from
    ``seq`` up to ``until_seq`` are on the till no more), revoked (facts up to ``until_seq`` came from a till that was
    shut out). Hashes are hex.
    """

    __tablename__ = "incident"
    number: int | None = Field(default=None, primary_key=True)
    at_ms: int = whole()
    code: str
    terminal: str = Field(index=True)
    incarnation: str
    seq: int = whole()
    until_seq: int = whole()
    fact: str = ""
    expected: str = ""
    found: str = ""


class Backup(HqTable, table=True):
    """A backup that was declared safe. ``facts``: how many became durable by it."""

    __tablename__ = "backup"
    number: int | None = Field(default=None, primary_key=True)
    at_ms: int = whole()
    facts: int = whole()


class Resent(HqTable, table=True):
    """How often a terminal sent facts that were here already: replies that got lost (G-1)."""

    __tablename__ = "resent"
    terminal: str = Field(primary_key=True)
    facts: int = whole(default=0)


class SideRow(HqTable, table=True):
    """Personal data of a fact, sealed to HQ's key (base64); may be erased without breaking a chain."""

    __tablename__ = "side_record"
    id: str = Field(primary_key=True)
    fact: str = Field(index=True)
    salt: str
    sealed: str


class SaleRow(HqTable, table=True):
    """A sale, keyed by its fact, so that even a sale id that comes twice is kept and seen (``stats``: duplicates)."""

    __tablename__ = "sale"
    __table_args__ = (
        Index("sale_place", "store", "slot", "seq"),
        Index("sale_day", "business_date", "at", "total"),
    )
    fact: str = Field(primary_key=True)
    id: str = Field(index=True)
    terminal: str
    receipt: str
    seq: int = whole()
    basket: str | None = None
    at: str
    business_date: str
    shift: str
    store: str
    slot: int
    cashier: str
    guide: str | None = None
    member: str | None = None
    claimed_code: str | None = None
    own_guide: str | None = None
    gross: int = whole()
    total: int = whole()
    rounding: int = whole()
    points: int = whole()


class SaleLineRow(HqTable, table=True):
    """One line of a sale; money in fen. ``discounts``: JSON as in the fact."""

    __tablename__ = "sale_line"
    fact: str = Field(primary_key=True)
    line: str = Field(primary_key=True)
    sku: str
    gtin: str
    name: str
    qty: int = whole()
    list_price: int = whole()
    unit_price: int = whole()
    gross: int = whole()
    net: int = whole()
    tax_bp: int = whole()
    guide: str | None = None
    discounts: str


class PaymentRow(HqTable, table=True):
    """One payment of a sale."""

    __tablename__ = "payment"
    fact: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    tender: str
    amount: int = whole()
    tendered: int = whole()
    reference: str


class CouponUseRow(HqTable, table=True):
    """A coupon taken off in a sale. ``first`` is False where another sale had used it before."""

    __tablename__ = "coupon_use"
    fact: str = Field(primary_key=True)
    coupon: str = Field(primary_key=True, index=True)
    amount: int = whole()
    template: str | None = None
    first: bool


class RemovalRow(HqTable, table=True):
    """Pieces that were rung up and taken out again before anybody paid.

    ``price``: fen a piece; ``receipt``: of the sale that came of the cart, empty where none did; then ``reason``.
    """

    __tablename__ = "removal"
    __table_args__ = (
        Index("removal_day", "business_date", "at"),
        Index("removal_store", "store", "business_date"),
    )
    number: int | None = long_key()
    fact: str = Field(index=True)
    terminal: str
    store: str
    business_date: str
    at: str
    cashier: str
    sku: str
    name: str
    qty: int = whole()
    price: int = whole()
    amount: int = whole()
    receipt: str
    reason: str


class EarlyPointsRow(HqTable, table=True):
    """What a sale earned a member of whom HQ has not heard yet. ``member``: the id, or the code that was claimed.

    Their registration is still on another till, or they come with the next import; and after a restore, facts of a
    till's earlier enrolment may come behind those of the present one.
    """

    __tablename__ = "early_points"
    fact: str = Field(primary_key=True)
    member: str = Field(index=True)
    points: int = whole()


class ShareRow(HqTable, table=True):
    """业绩归属: who gets how much of a sale's or valet order's performance."""

    __tablename__ = "share"
    number: int | None = long_key()
    fact: str = Field(index=True)
    line: str
    guide: str
    role: str
    bp: int
    amount: int = whole()


class ValetOrderRow(HqTable, table=True):
    """代客下单: a request, with HQ's answer. ``lines``: JSON as in the fact."""

    __tablename__ = "valet_order"
    __table_args__ = (Index("valet_order_guide", "guide", "at"),)
    fact: str = Field(primary_key=True)
    id: str = Field(index=True)
    number: str
    terminal: str = Field(index=True)
    store: str
    at: str
    guide: str
    member: str | None = None
    total: int = whole()
    discount: int = whole()
    lines: str
    state: str
    ships_from: str | None = None
    reason: str


class CareTaskRow(HqTable, table=True):
    """售后关怀: a follow-up, with its present state (open, done, snoozed, cancelled)."""

    __tablename__ = "care_task"
    id: str = Field(primary_key=True)
    store: str
    sale: str
    member: str
    owner: str
    cadence: str
    step: str
    due: str
    state: str
    note: str = ""
