"""What HQ's first page says of the chain's sales, at a cost that its history does not raise.

A chain of 4,000 stores has a hundred million sales after some years: whoever looks at the page must not count them. A
day's sales are one part of an index; of all of them there is an exact count while it is small, and the database's own
estimate after that. ``posclient hq stats`` counts everything, in its own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, literal, text
from sqlmodel import Session, select

from sync.hq.fact_tables import Resent, SaleRow
from sync.hq.tables import Chain

#: So far rows are counted one by one.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class DaySales:
    """``total``: fen that were due, before cash rounding (抹零)."""

    day: date
    sales: int
    total: int


@dataclass(frozen=True, slots=True)
class Counted:
    """``exact`` is False where the database estimates."""

    count: int
    exact: bool = True


def day_sales(session: Session, day: date) -> DaySales:
    """Sales of one business day; ``sale_day`` is the index that this reads."""
    mine = select(func.count(), func.sum(SaleRow.total)).where(SaleRow.business_date == day.isoformat())
    count, total = session.execute(mine).one()
    return DaySales(day, count, int(total or 0))


def all_sales(session: Session) -> Counted:
    """How many sales HQ holds; none is ever deleted."""
    count = counted(session, select(SaleRow))
    return Counted(count) if count < MOST_COUNTED else Counted(max(count, _estimate(session)), exact=False)


def received_facts(session: Session) -> tuple[int, int]:
    """Facts of all tills that are here, and how many of them came more than once: a row for each till is added up."""
    received = session.execute(select(func.sum(Chain.received_seq))).scalar()
    resent = session.execute(select(func.sum(Resent.facts))).scalar()
    return int(received or 0), int(resent or 0)


def counted(session: Session, wanted: Select[Any]) -> int:
    """The rows of ``wanted``, at most ``MOST_COUNTED`` of them."""
    some = wanted.with_only_columns(literal(1), maintain_column_froms=True).order_by(None).limit(MOST_COUNTED)
    return int(session.execute(select(func.count()).select_from(some.subquery())).scalar_one())


def _estimate(session: Session) -> int:
    """SQLite numbers the rows of a table; PostgreSQL notes their number whenever it looks after it."""
    if session.get_bind().dialect.name == "postgresql":
        query = "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass('sale')"
    else:
        query = "SELECT max(rowid) FROM sale"
    return int(session.execute(text(query)).scalar() or 0)
