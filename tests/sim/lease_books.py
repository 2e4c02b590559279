"""What holds of HQ's leases at every instant, whatever was lost, doubled, late or restored (S-17, S-18).

Functions over one session of HQ's database: any harness can ask them after any step.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable

from sqlmodel import Session, select

from posclient.domain.leases import POINTS
from sync.hq.chain_tables import CouponRow, MemberRow
from sync.hq.fact_tables import CouponUseRow
from sync.hq.lease_tables import HELD, LEASE, OPEN, CouponLeaseRow, ValueAccountRow, ValueEntryRow, ValueLeaseRow

#: Member and unit of an account.
_Name = tuple[str, str]


def faults(session: Session) -> list[str]:
    """What is wrong, in words; an empty list where no lease is overspent and no coupon counts twice."""
    return [*value_faults(session), *coupon_faults(session)]


def value_faults(session: Session) -> Iterable[str]:
    """What is free + leases = balance, none below 0, each as the entries make it; members see the balance."""
    accounts = {(row.member, row.unit): row for row in session.exec(select(ValueAccountRow))}
    leases: defaultdict[_Name, list[ValueLeaseRow]] = defaultdict(list)
    for row in session.exec(select(ValueLeaseRow)):
        leases[row.member, row.unit].append(row)
        if row.state != OPEN and row.amount:
            yield f"lease {row.id} is over and has {row.amount}"
    booked = _booked(session)
    for name, account in accounts.items():
        held = {f"lease:{row.id}": row.amount for row in leases[name]} | {"free": account.free}
        if min(held.values()) < 0 or account.balance != sum(held.values()):
            yield f"account {name}: balance {account.balance}, parts {held}"
        if any(booked[name][part] != amount for part, amount in held.items()):
            yield f"account {name}: entries make {dict(booked[name])}, not {held}"
        member = session.get(MemberRow, name[0])
        if member is not None and _shown(member, name[1]) != account.balance:
            yield f"member {name} is shown another balance than {account.balance}"
    yield from (f"leases of {name}, which has no account" for name in leases if name not in accounts)


def coupon_faults(session: Session) -> Iterable[str]:
    """At most one use of a coupon counts; nobody holds what another has a lease of, and nobody what another holds."""
    often = set(session.exec(select(CouponRow.id).where(CouponRow.single_use == False)))  # noqa: E712 - SQL
    counted = Counter(row.coupon for row in session.exec(select(CouponUseRow)) if row.first)
    yield from (f"{n} uses of coupon {one} count" for one, n in counted.items() if n > 1 and one not in often)
    rights: defaultdict[str, list[CouponLeaseRow]] = defaultdict(list)
    for row in session.exec(select(CouponLeaseRow).where(CouponLeaseRow.state == OPEN)):
        rights[row.coupon].append(row)
    for coupon, open_rows in rights.items():
        kinds = Counter(row.kind for row in open_rows)
        if kinds[LEASE] > 1 or kinds[HELD] > 1 or len({row.store for row in open_rows}) > 1:
            yield f"coupon {coupon} is promised to {[(row.kind, row.store, row.terminal) for row in open_rows]}"


def _booked(session: Session) -> defaultdict[_Name, Counter[str]]:
    """What the entries make of each account's parts."""
    found: defaultdict[_Name, Counter[str]] = defaultdict(Counter)
    for one in session.exec(select(ValueEntryRow)):
        found[one.member, one.unit][one.debit] -= one.amount
        found[one.member, one.unit][one.credit] += one.amount
    return found


def _shown(member: MemberRow, unit: str) -> int:
    """What tills see of the account."""
    return member.points if unit == POINTS else int(json.loads(member.data)["stored_value"])
