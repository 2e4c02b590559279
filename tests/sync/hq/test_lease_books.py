"""The check of HQ's lease books sees what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from sync.hq.fact_tables import CouponUseRow
from sync.hq.lease_tables import CouponLeaseRow, ValueAccountRow, ValueLeaseRow
from tests.sim.lease_books import faults
from tests.sync.hq.leases import check_books, coupon, member, settings
from tests.sync.tills import Chain, TillFolder


def _overspent(session: Session) -> None:
    lease = session.get_one(ValueLeaseRow, "S001-1/M1")
    account = session.get_one(ValueAccountRow, ("M1", "value"))
    lease.amount, account.balance = -1, account.free - 1


def _unbooked(session: Session) -> None:
    account = session.get_one(ValueAccountRow, ("M1", "value"))
    account.free, account.balance = account.free + 1, account.balance + 1


def _ended_with_value(session: Session) -> None:
    session.get_one(ValueLeaseRow, "S001-1/M1").state = "lapsed"


def _used_twice(session: Session) -> None:
    session.add(CouponUseRow(fact="F1", coupon="K1", amount=1, first=True))
    session.add(CouponUseRow(fact="F2", coupon="K1", amount=1, first=True))


def _promised_twice(session: Session) -> None:
    session.add(CouponLeaseRow(coupon="K1", store="S002", terminal="S002-1", kind="hold", from_ms=0, not_after_ms=1))


@pytest.mark.parametrize("spoil", [_overspent, _unbooked, _ended_with_value, _used_twice, _promised_twice])
def test_a_fault_in_the_books_of_leases_is_seen(
    chain: Chain, till: TillFolder, spoil: Callable[[Session], None]
) -> None:
    """S-17, S-18."""
    settings(chain, coupon_leases=True, stored_value=True)
    member(chain, value=50_000)
    coupon(chain)
    till.cycle()
    assert check_books(chain) == {"M1": 50_000}
    with chain.database.write() as session:
        spoil(session)
    with chain.database.read() as session:
        assert faults(session) != []


def test_a_contact_looks_at_no_lease_but_those_it_may_end(chain: Chain, till: TillFolder) -> None:
    """T-62: a chain has millions of leases, also those that are long over, and all writers wait for each contact."""
    settings(chain, coupon_leases=True, stored_value=True)
    member(chain, value=50_000)
    coupon(chain)
    till.cycle()
    chain.clock.forward(days=30)
    plans: list[str] = []

    def explain(con: Any, _cursor: Any, sql: str, values: Any, *_more: Any) -> None:
        if sql.startswith("SELECT") and "lease" in sql:
            found = con.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
            plans.extend(row[3] for row in found)

    event.listen(chain.database._engine, "before_cursor_execute", explain)
    till.cycle()
    assert len(plans) > 5
    assert [one for one in plans if one.startswith("SCAN") and "lease" in one] == []
    ends = [one for one in plans if "(state=? AND not_after_ms<?)" in one]
    assert len(ends) == 2
