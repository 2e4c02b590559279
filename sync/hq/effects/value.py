"""储值: a sale was paid with it. Booked from the till's leases, then from what is free; the sale stands in any case."""

from __future__ import annotations

import json

from sync.hq.bodies import SaleCompletedV1
from sync.hq.chain_tables import MemberRow
from sync.hq.clock import milliseconds
from sync.hq.escrow import Books, leases_of, value_change
from sync.hq.feeds import canonical
from sync.hq.lease_tables import LossRow, ValueAccountRow
from sync.hq.work import Work

OVERSPENT = "stored_value_overspent"


def spend_value(work: Work, fact: str, sale: SaleCompletedV1) -> str | None:
    """Take what was paid out of the member's balance, never below 0; what they had not is a loss, and an exception."""
    paid = sum(one.amount for one in sale.payments if one.tender == "stored_value")
    if paid <= 0:
        return None
    member = work.member(sale.member) if sale.member else None
    missing = _take(work, fact, member, paid) if member is not None else paid
    if missing <= 0:
        return None
    work.add(
        LossRow, kind="stored_value", subject=sale.member or "", fact=fact, sale=sale.id, receipt=sale.receipt,
        store=sale.store, terminal=work.terminal.id, cashier=sale.cashier, amount=missing, cap=0, settled="overspent",
        at_ms=milliseconds(work.clock),
    )  # fmt: skip
    detail = {"member": sale.member, "amount": missing, "sale": sale.id, "receipt": sale.receipt}
    return work.exception(fact, OVERSPENT, **detail)


def _take(work: Work, fact: str, member: MemberRow, amount: int) -> int:
    """Fen that nobody had."""
    account = work.session.get(ValueAccountRow, member.id)
    if account is None:
        return amount
    leases = leases_of(work.session, work.terminal.id, member.id)
    missing = Books(work.session, milliseconds(work.clock), fact).spend(account, leases, amount)
    work.session.flush()
    for row in leases:
        work.changes.append(value_change(row))
    member.data = canonical({**json.loads(member.data), "stored_value": account.balance})
    work.member_changed(member)
    return missing
