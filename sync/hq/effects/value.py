"""储值 and 积分: a sale was paid with them. Booked from the till's leases, then from what is free; the sale stands."""

from __future__ import annotations

import json

from posclient.domain.leases import POINTS, VALUE
from posclient.domain.points import FEN_OF_A_YUAN
from sync.hq import contacts
from sync.hq.bodies import PaymentPart, SaleCompletedV1
from sync.hq.chain_settings import chain_setting
from sync.hq.chain_tables import MemberRow
from sync.hq.clock import milliseconds
from sync.hq.escrow import Books, leases_of, points_account, value_change
from sync.hq.feeds import canonical
from sync.hq.lease_tables import LossRow, ValueAccountRow
from sync.hq.work import Received, Work

#: What each unit is called as a tender and in the loss account.
_NAMES = {VALUE: "stored_value", POINTS: "points"}
#: A number of points that is longer is none.
MOST_DIGITS = 15


def spend(work: Work, received: Received, sale: SaleCompletedV1, unit: str) -> str | None:
    """Take what was paid out of the member's account, never below 0; what they had not is a loss, and an exception."""
    fact, name = received.fact.id, _NAMES[unit]
    parts = [(one.amount, _units(work, sale, one, unit)) for one in sale.payments if one.tender == name]
    paid = sum(units for _, units in parts if units is not None)
    untold = sum(fen for fen, units in parts if units is None)
    member = work.member(sale.member) if sale.member else None
    missing = _take(work, received, _account(work, sale, member, unit), member, paid) if paid > 0 else 0
    if missing <= 0 and untold <= 0:
        return None
    worth = untold + (sum(fen for fen, units in parts if units is not None) * missing // paid if paid > 0 else 0)
    work.add(
        LossRow, kind=name, subject=sale.member or "", fact=fact, sale=sale.id, receipt=sale.receipt,
        store=sale.store, terminal=work.terminal.id, cashier=sale.cashier, amount=worth, cap=0, settled="overspent",
        at_ms=milliseconds(work.clock),
    )  # fmt: skip
    detail = {"member": sale.member, "amount": worth, "sale": sale.id, "receipt": sale.receipt}
    return work.exception(fact, f"{name}_overspent", **detail)


def earn(work: Work, fact: str, member: MemberRow, points: int) -> None:
    """Points that a sale brought, also into the account that some members have of them."""
    member.points += points
    if member.id in work.points_accounts:
        account = points_account(work.session, member, milliseconds(work.clock))
        Books(work.session, milliseconds(work.clock), fact).earn(account, points)
        member.points = account.balance


def know_account(work: Work, member: str) -> None:
    """A member whom the sales of the batch did not name when it was loaded, or by an id that nobody knew then."""
    if work.session.get(ValueAccountRow, (member, POINTS)) is not None:
        work.points_accounts.add(member)


def _units(work: Work, sale: SaleCompletedV1, payment: PaymentPart, unit: str) -> int | None:
    """Of points the payment's reference says how many. Where that is no number, they are what the amount is worth in
    this store; None in a chain without such a worth, where it is a loss.
    """
    if unit == VALUE:
        return payment.amount
    text = payment.reference
    if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    for_yuan = chain_setting(work, sale.store, "points_for_yuan", 0)
    return -(-payment.amount * for_yuan // FEN_OF_A_YUAN) if for_yuan > 0 else None


def _account(work: Work, sale: SaleCompletedV1, member: MemberRow | None, unit: str) -> ValueAccountRow | None:
    """The member's; also of one who was forgotten since: their books are kept, and what was leased of them."""
    if member is not None and unit == POINTS:
        return points_account(work.session, member, milliseconds(work.clock))
    return work.session.get(ValueAccountRow, (member.id if member else sale.member or "", unit))


def _take(
    work: Work, received: Received, account: ValueAccountRow | None, member: MemberRow | None, amount: int
) -> int:
    """Units that nobody had. A fact of an earlier enrolment is first booked from what was leased to that one."""
    if account is None:
        return amount
    now_ms, unit = milliseconds(work.clock), account.unit
    mine, own = contacts.incarnations(work.session, work.terminal), received.fact.incarnation
    leases = leases_of(work.session, work.terminal.id, {*mine, own}, account)
    leases.sort(key=lambda row: row.incarnation != own)
    missing = Books(work.session, now_ms, received.fact.id).spend(account, leases, amount)
    work.session.flush()
    if member is None:
        return missing  # no page names them any more
    work.changes += [value_change(row, mine) for row in leases]
    if unit == POINTS:
        member.points = account.balance
        work.points_accounts.add(member.id)
    else:
        member.data = canonical({**json.loads(member.data), "stored_value": account.balance})
    work.member_changed(member)
    return missing
