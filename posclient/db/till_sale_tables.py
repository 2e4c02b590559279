"""Tables of till.db: finished sales with all that a refund will need, and what they bring about."""

from __future__ import annotations

from sqlmodel import Field

from posclient.db.till_tables import TillTable


class ShiftRow(TillTable, table=True):
    """Until shifts are opened and closed by people: one per local day."""

    __tablename__ = "shift"

    id: str = Field(primary_key=True)
    business_date: str = Field(unique=True)
    opened_ms: int


class SaleRow(TillTable, table=True):
    """``posclient.domain.sale.Sale``; ``priced`` is its basket and quote, ``invoice`` none or issued."""

    __tablename__ = "sale"

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    fact: int = Field(foreign_key="fact.number")
    receipt: str = Field(unique=True)
    seq: int
    #: Of ``replay``: each basket is rung up once, however often it is killed.
    basket: str | None = Field(default=None, unique=True)
    at: str
    business_date: str
    shift: str = Field(foreign_key="shift.id")
    store: str
    slot: int
    cashier: str
    guide: str | None = None
    member: str | None = None
    claimed_code: str | None = None
    own_guide: str | None = None
    rounding: int
    gross: int
    total: int
    points: int
    points_base: int
    invoice: str = "none"
    priced: str


class SaleLineRow(TillTable, table=True):
    """A line as sold. ``discounts``: JSON array of [source, name, amount]."""

    __tablename__ = "sale_line"

    sale: int = Field(primary_key=True, foreign_key="sale.number")
    position: int = Field(primary_key=True)
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
    guide: str | None = None
    discounts: str
    reason: str = ""
    approver: str | None = None


class PaymentRow(TillTable, table=True):
    """``tendered - amount`` is the change."""

    __tablename__ = "payment"

    sale: int = Field(primary_key=True, foreign_key="sale.number")
    position: int = Field(primary_key=True)
    id: str
    tender: str
    amount: int
    tendered: int
    reference: str = ""


class CouponUseRow(TillTable, table=True):
    """A coupon that this till took: never offered here again (protocol.md, pull)."""

    __tablename__ = "coupon_use"

    coupon: str = Field(primary_key=True)
    sale: int = Field(primary_key=True, foreign_key="sale.number")
    position: int
    amount: int
    until: str | None = None
    template: str | None = None


class StockMoveRow(TillTable, table=True):
    """Pieces that a fact moved in this store: below zero for a sale."""

    __tablename__ = "stock_move"

    sku: str = Field(primary_key=True)
    fact: int = Field(primary_key=True, foreign_key="fact.number")
    qty: int


class ShareRow(TillTable, table=True):
    """Attribution of a line; ``source`` is the id of the sale or of the valet order."""

    __tablename__ = "share"

    source: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    line: str
    guide: str
    role: str
    bp: int
    amount: int


class CareTaskRow(TillTable, table=True):
    """A follow-up made or changed here; ``fact`` is the last own fact about it. State: open, done, cancelled."""

    __tablename__ = "care_task"

    id: str = Field(primary_key=True)
    fact: int = Field(foreign_key="fact.number")
    sale: str
    member: str
    owner: str
    cadence: str
    step: str
    due: str
    due_ms: int
    state: str = "open"
    note: str = ""


class ReceiptPrintRow(TillTable, table=True):
    """Was the receipt printed, or not wanted (T-2: after a power cut the till says which is missing)?"""

    __tablename__ = "receipt_print"

    sale: str = Field(primary_key=True)
    printed_ms: int | None = None
    copies: int = 0
