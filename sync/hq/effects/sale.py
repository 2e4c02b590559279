"""``SaleCompleted``: it has happened, so it is stored, whatever else is wrong with it."""

from __future__ import annotations

from sqlmodel import select

from posclient.domain.leases import POINTS, VALUE
from posclient.domain.points import earned_points
from sync.hq.bodies import SaleCompletedV1
from sync.hq.chain_settings import chain_setting
from sync.hq.chain_tables import MemberRow
from sync.hq.effects.care import add_task
from sync.hq.effects.coupon import use_coupon
from sync.hq.effects.removal import note_removals
from sync.hq.effects.value import earn, know_account, spend
from sync.hq.fact_tables import EarlyPointsRow, PaymentRow, SaleLineRow, SaleRow, ShareRow
from sync.hq.feeds import canonical
from sync.hq.work import Received, Work

#: Columns of the sale's own row that are named as in the body.
_SALE = (
    "id", "receipt", "seq", "basket", "at", "business_date", "shift", "store", "slot", "cashier", "guide", "member",
    "claimed_code", "own_guide", "gross", "total", "rounding", "points",
)  # fmt: skip
_LINE = (
    "sku", "gtin", "name", "qty", "list_price", "unit_price", "gross", "net", "tax_bp", "guide",
)  # fmt: skip


def sale_completed(work: Work, received: Received, sale: SaleCompletedV1) -> str | None:
    """Store the sale; if it is the first of its id, move stock, points, coupons and tasks (T-16)."""
    fact = received.fact.id
    again = sale.id in work.sales
    work.sales.add(sale.id)
    _store(work, fact, sale)
    if again:
        return work.exception(fact, "sale_twice", sale=sale.id, receipt=sale.receipt)
    for line in sale.lines:
        work.move_stock(sale.store, line.sku, line.qty)
    for task in sale.tasks:
        add_task(work, sale.store, sale.id, task)
    _credit(work, fact, sale)
    codes = [use_coupon(work, fact, sale, use) for use in sale.coupons]
    codes += [spend(work, received, sale, unit) for unit in (VALUE, POINTS)]
    differs = _differs(sale)
    codes.append(work.exception(fact, differs, sale=sale.id, receipt=sale.receipt) if differs else None)
    return next((code for code in codes if code), None)


def _differs(sale: SaleCompletedV1) -> str | None:
    """What does not add up: lines to the total, or payments and rounding (抹零) to what was due."""
    if sum(line.net for line in sale.lines) != sale.total:
        return "totals_differ"
    paid = sum(payment.amount for payment in sale.payments)
    return None if paid + sale.rounding == sale.total else "payments_differ"


def _store(work: Work, fact: str, sale: SaleCompletedV1) -> None:
    """What a body holds is in ``vars`` as it is: a ``model_dump`` each would be half of the work."""
    work.add(SaleRow, fact=fact, terminal=work.terminal.id, **{name: getattr(sale, name) for name in _SALE})
    for line in sale.lines:
        discounts = canonical([vars(one) for one in line.discounts]) if line.discounts else "[]"
        values = {name: getattr(line, name) for name in _LINE}
        work.add(SaleLineRow, fact=fact, line=line.id, discounts=discounts, **values)
    for payment in sale.payments:
        work.add(PaymentRow, fact=fact, **vars(payment))
    for share in sale.shares:
        work.add(ShareRow, fact=fact, **vars(share))
    note_removals(work, fact, sale, receipt=sale.receipt)


def _credit(work: Work, fact: str, sale: SaleCompletedV1) -> None:
    """Points to the member; a code that the till only claimed earns them now (protocol.md, members). Where HQ has not
    heard of who it is, they wait until it does.
    """
    name = sale.member or sale.claimed_code
    if not name:
        return
    if sale.member:
        member, points = work.member(sale.member), sale.points
    else:
        member = _of_code(work, name)
        points = earned_points(sale.points_base, chain_setting(work, sale.store, "points_per_yuan", 1))
    if member is None and points:
        work.add(EarlyPointsRow, fact=fact, member=name, points=points)
    elif member is not None and points:
        if not sale.member:
            know_account(work, member.id)
        earn(work, fact, member, points)
        work.member_changed(member)


def _of_code(work: Work, code: str) -> MemberRow | None:
    """Also of a registration that was united with an older member: its code is its id, and people go on showing it."""
    found = work.session.exec(select(MemberRow).where(MemberRow.code == code)).first()
    return found or work.member(code)
