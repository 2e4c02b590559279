"""A chain that leases: two stores, members with coupons and stored value, and a clock that tests move."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from sqlmodel import col, select

from posclient.domain.leases import VALUE
from sync.hq.chain_tables import CouponRow, MemberRow
from sync.hq.clock import milliseconds
from sync.hq.escrow import Books
from sync.hq.feeds import GLOBAL, Change, publish
from sync.hq.lease_tables import ValueAccountRow, ValueEntryRow
from sync.hq.placing import coupon_changes, member_changes, stores
from tests.sim.lease_books import faults
from tests.sync.tills import Chain


def settings(chain: Chain, **values: Any) -> None:
    """Settings of the chain."""
    chain.publish(*(Change(GLOBAL, "setting", name, {"name": name, "value": value}) for name, value in values.items()))


def member(chain: Chain, name: str = "M1", home: str | None = "S001", value: int = 0, points: int = 0) -> None:
    """A member; with stored value they have an account of it."""
    data: dict[str, Any] = {
        "name": "王小明", "phone": "13912341234", "birthday": None, "tier": "basic", "stored_value": value,
        "own_guide": None, "tags": [],
    }  # fmt: skip
    row = MemberRow(id=name, code=f"C{name}", phone_index=name, home_store=home, points=points, data=json.dumps(data))
    with chain.database.write() as session:
        session.add(row)
        if value:
            Books(session, milliseconds(chain.clock)).open_account(name, value)
        session.flush()
        publish(session, list(member_changes([row], stores(session))))


def coupon(chain: Chain, name: str = "K1", owner: str = "M1", amount: int = 1000) -> None:
    """A single-use coupon of ``amount`` fen."""
    rule = {"id": name, "kind": "amount_off", "amount": amount}
    row = CouponRow(
        id=name, member=owner, single_use=True,
        data=json.dumps({"name": name, "template": None, "rule": rule, "until": None}),
    )  # fmt: skip
    with chain.database.write() as session:
        session.add(row)
        session.flush()
        homes = {owner: session.get_one(MemberRow, owner).home_store}
        publish(session, list(coupon_changes([row], homes, stores(session))))


def check_books(chain: Chain, unit: str = VALUE) -> dict[str, int]:
    """No fault in the books of leases, and no account below nothing at any entry. The balances of one unit."""
    with chain.database.read() as session:
        assert faults(session) == []
        held: Counter[tuple[str, str, str]] = Counter()
        for one in session.exec(select(ValueEntryRow).order_by(col(ValueEntryRow.number))):
            assert one.amount > 0
            held[one.member, one.unit, one.debit] -= one.amount
            held[one.member, one.unit, one.credit] += one.amount
            assert held[one.member, one.unit, one.debit] >= 0 or one.debit in {"opening", "sales"}
        accounts = session.exec(select(ValueAccountRow).where(ValueAccountRow.unit == unit))
        return {account.member: account.balance for account in accounts}
