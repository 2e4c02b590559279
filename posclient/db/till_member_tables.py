"""Tables of till.db: members registered here, and orders placed for customers."""

from __future__ import annotations

from sqlmodel import Field

from posclient.db.till_tables import TillTable


class LocalMemberRow(TillTable, table=True):
    """A member registered on this till, until HQ's row is in the cache.

    ``sealed`` is phone, name and birthday under the till's own key; ``phone_index`` the keyed blind index.
    """

    __tablename__ = "local_member"

    id: str = Field(primary_key=True)
    fact: int = Field(foreign_key="fact.number")
    code: str = Field(unique=True)
    sealed: bytes
    last4: str
    phone_index: str = Field(unique=True)
    tier: str
    own_guide: str | None = None
    home_store: str | None = None


class LocalCouponRow(TillTable, table=True):
    """A newcomer coupon made here; usable at once."""

    __tablename__ = "local_coupon"

    id: str = Field(primary_key=True)
    member: str
    name: str
    template: str | None = None
    rule: str
    until: str | None = None
    single_use: bool = True


class ValetOrderRow(TillTable, table=True):
    """An order as asked for; HQ's answer is in the cache. ``seen_state`` is what the guide was shown last.

    ``month`` (YYYY-MM, local) is whose allowance the discount counts against; ``side`` the address's side record.
    """

    __tablename__ = "valet_order"

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    fact: int = Field(foreign_key="fact.number")
    receipt: str = Field(unique=True)
    at: str
    store: str
    month: str
    guide: str
    member: str | None = None
    own_guide: str | None = None
    lines: str
    discount: int
    total: int
    side: str | None = None
    seen_state: str = "unconfirmed"
