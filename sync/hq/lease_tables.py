"""What HQ promised to stores and tills (额度租约), the escrow of stored value and points, and what conflicts cost."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from posclient.domain.leases import VALUE
from sync.hq.tables import HqTable, long_key, whole

#: States of a lease. ``used`` and ``lapsed`` are kept: a sale that comes late is judged by them.
OPEN, USED, LAPSED = "open", "used", "lapsed"
#: A lease is a store's, for days, and is in its feed; a hold is one till's, for minutes, and is told to it alone.
LEASE, HELD = "lease", "hold"


class ContactRow(HqTable, table=True):
    """When a till was last in sync, having sent all that it had; from ``due_ms`` on its leases are looked at again.

    ``at_ms`` below 0: HQ was restored at that time, and the till has said nothing since. ``rights_ms``: no lease that
    it can have heard of ends later.
    """

    __tablename__ = "contact"
    terminal: str = Field(primary_key=True)
    at_ms: int = whole()
    due_ms: int = whole()
    rights_ms: int = whole()


class CouponLeaseRow(HqTable, table=True):
    """A promise about one coupon. ``terminal`` is None for a store's lease.

    ``recall_ms``: since when it is called back, 0 where it is not; for ``asker``, who last asked at ``asked_ms``.
    """

    __tablename__ = "coupon_lease"
    __table_args__ = (
        Index("coupon_lease_store", "store", "state", "not_after_ms"),
        Index("coupon_lease_end", "state", "not_after_ms"),
    )
    number: int | None = long_key()
    coupon: str = Field(index=True)
    store: str
    terminal: str | None = None
    kind: str
    from_ms: int = whole()
    not_after_ms: int = whole()
    state: str = OPEN
    recall_ms: int = whole(default=0)
    asked_ms: int = whole(default=0)
    asker: str | None = None
    #: False of those that HQ published before it signed leases: a till believes none of them.
    signed: bool = True


class LeaseReturnRow(HqTable, table=True):
    """A till has given up a lease that was called back: in that ``incarnation``, as it was until ``not_after_ms``."""

    __tablename__ = "lease_return"
    lease: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    terminal: str = Field(primary_key=True)
    incarnation: str
    not_after_ms: int = whole()


class CouponClaimRow(HqTable, table=True):
    """By what right a sale used a coupon: as the till said (``claimed``), and whether a lease of HQ's bears it out."""

    __tablename__ = "coupon_claim"
    fact: str = Field(primary_key=True)
    coupon: str = Field(primary_key=True)
    claimed: str
    approver: str | None = None
    leased: bool


class LossRow(HqTable, table=True):
    """What a sale gave away that it had no right to; the sale stands.

    ``kind``: coupon, stored_value or points (their worth). ``settled``: how a coupon was decided:
    lease, first, before (HQ had it as used).
    ``cap``: what managers may let that store's tills give in a day.
    """

    __tablename__ = "loss"
    __table_args__ = (Index("loss_at", "at_ms"),)
    number: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str = Field(index=True)
    fact: str = Field(index=True)
    sale: str
    receipt: str
    store: str = Field(index=True)
    terminal: str
    cashier: str
    amount: int = whole()
    claimed: str = ""
    approver: str | None = None
    cap: int = whole()
    settled: str
    at_ms: int = whole()


class ValueAccountRow(HqTable, table=True):
    """A member's stored value or points: ``balance`` = ``free`` + the amounts of their open leases, none below 0."""

    __tablename__ = "value_account"
    member: str = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    balance: int = whole()
    free: int = whole()


class ValueLeaseRow(HqTable, table=True):
    """So much of a member's account one till may spend by itself. ``kind``: lease, or hold for what it asked.

    ``incarnation``: for which it was made. Another machine in the till's place cannot spend it (``machines``).
    """

    __tablename__ = "value_lease"
    __table_args__ = (
        Index("value_lease_terminal", "terminal", "state", "not_after_ms"),
        Index("value_lease_end", "state", "not_after_ms"),
    )
    id: str = Field(primary_key=True)
    member: str = Field(index=True)
    unit: str = VALUE
    terminal: str
    incarnation: str = ""
    kind: str
    amount: int = whole()
    not_after_ms: int = whole()
    state: str = OPEN
    signed: bool = True


class ValueEntryRow(HqTable, table=True):
    """Double entry: ``amount`` left account ``debit`` for ``credit`` (opening, free, lease:ID, sales)."""

    __tablename__ = "value_entry"
    number: int | None = long_key()
    member: str = Field(index=True)
    unit: str = VALUE
    debit: str
    credit: str
    amount: int = whole()
    why: str
    fact: str | None = None
    at_ms: int = whole()
