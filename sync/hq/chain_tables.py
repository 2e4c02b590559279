"""What the chain owns and HQ looks up by: stores, members, coupons, stock. What tills see of it is in ``feed_row``."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from sync.hq.tables import HqTable, whole


class StoreRow(HqTable, table=True):
    """A shop or a warehouse (``kind``)."""

    __tablename__ = "store"
    id: str = Field(primary_key=True)
    name: str
    address: str = ""
    phone: str = ""
    zone: str
    kind: str = "store"


class MemberRow(HqTable, table=True):
    """``phone_index``: blind index; ``data``: JSON of the feed's other columns; ``home_store`` None: in every store."""

    __tablename__ = "member"
    id: str = Field(primary_key=True)
    code: str = Field(index=True)
    phone_index: str = Field(index=True)
    home_store: str | None = Field(default=None, index=True)
    points: int = whole(default=0)
    data: str


class MemberAlias(HqTable, table=True):
    """One phone registered in two places: HQ keeps the older member (protocol.md, members)."""

    __tablename__ = "member_alias"
    old: str = Field(primary_key=True)
    new: str


class GuestRow(HqTable, table=True):
    """A member who has been served away from home: that store's feed has them too, until long after ``seen_ms``."""

    __tablename__ = "guest"
    __table_args__ = (Index("guest_store", "store", "seen_ms"),)
    member: str = Field(primary_key=True)
    store: str = Field(primary_key=True)
    seen_ms: int = whole()


class CouponRow(HqTable, table=True):
    """A member's coupon, or a public code (``domain.people.NOBODY``'s, never for a single use).

    ``state`` active or used; ``data``: JSON of the feed's other columns.
    """

    __tablename__ = "coupon"
    id: str = Field(primary_key=True)
    member: str = Field(index=True)
    single_use: bool
    state: str = "active"
    data: str


class StockRow(HqTable, table=True):
    """Pieces of one SKU in one store or warehouse. No row: not tracked there."""

    __tablename__ = "stock"
    sku: str = Field(primary_key=True)
    store: str = Field(primary_key=True)
    qty: int = whole()
