"""清算: a sale used a coupon. Who was right, and what becomes of the other (protocol.md, coupons).

A valid lease wins, else who was received first. The loser's sale stands; what it took off is a loss with its store and
cashier, of which the loser's till is told in its own feed, also when it was the winner until now.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select

from posclient.domain.clocks import FURTHEST_MS
from posclient.domain.facts import PUBLIC
from posclient.domain.leases import MARGIN, Lease, won_by
from sync.hq import recalls
from sync.hq.bodies import Coupon, Right, SaleCompletedV1
from sync.hq.chain_settings import chain_setting
from sync.hq.chain_tables import CouponRow
from sync.hq.contacts import instant
from sync.hq.fact_tables import CouponUseRow, SaleRow
from sync.hq.feeds import store_feed, terminal_feed
from sync.hq.lease_tables import HELD, LAPSED, LEASE, OPEN, USED, CouponClaimRow, CouponLeaseRow, LossRow
from sync.hq.tables import FeedRow
from sync.hq.work import Work

TWICE = "coupon_used_twice"
#: Let through in the name of somebody who is no manager of the store by HQ's own rows.
NO_MANAGER = "approver_no_manager"


@dataclass(frozen=True, slots=True)
class _Use:
    """A use that came too late, or had less of a right. ``settled`` as in ``LossRow``."""

    fact: str
    coupon: str
    amount: int
    sale: str
    receipt: str
    store: str
    terminal: str
    cashier: str
    claimed: str
    approver: str | None


def use_coupon(work: Work, fact: str, sale: SaleCompletedV1, use: Coupon) -> str | None:
    """Note the use; the code of an exception where the coupon was another's."""
    coupon = work.get(CouponRow, use.coupon)
    said = next((one for one in sale.rights if one.coupon == use.coupon), Right(coupon=use.coupon, right=""))
    if not coupon.single_use if coupon is not None else said.right == PUBLIC:  # a restored HQ may have lost the code
        _note(work, fact, use, first=True)
        return None
    leased = _is_leased(work, sale, said)
    known = use.coupon in work.used or (coupon is not None and coupon.state == "used")
    settled = _settle(work, use.coupon, leased=leased) if known else ""
    _note(work, fact, use, first=not settled)
    if said.right or leased:
        claim = {"claimed": said.right, "approver": said.approver, "leased": leased}
        work.add(CouponClaimRow, fact=fact, coupon=use.coupon, **claim)
    _use_up(work, use.coupon, coupon)
    if not settled:
        return _unapproved(work, fact, sale, said)
    loser = _Use(
        fact, use.coupon, use.amount, sale.id, sale.receipt, sale.store, work.terminal.id, sale.cashier, said.right,
        said.approver,
    )  # fmt: skip
    return _lose(work, loser, settled)


def _unapproved(work: Work, fact: str, sale: SaleCompletedV1, said: Right) -> str | None:
    """A till believes the roles on its disk, and HQ does not: it looks at today's rows, as it has no older (S-23)."""
    if said.right != "override":
        return None
    row = work.session.get(FeedRow, (store_feed(sale.store), "staff", said.approver or ""))
    data = json.loads(row.data) if row is not None and row.data else {}
    if data.get("active", True) and {"manager", "admin"} & set(data.get("roles", ())):
        return None
    detail = {"coupon": said.coupon, "approver": said.approver, "sale": sale.id, "receipt": sale.receipt}
    return work.exception(fact, NO_MANAGER, **detail)


def _note(work: Work, fact: str, use: Coupon, *, first: bool) -> None:
    work.used.add(use.coupon)
    work.add(CouponUseRow, fact=fact, coupon=use.coupon, amount=use.amount, template=use.template, first=first)


def _settle(work: Work, coupon: str, *, leased: bool) -> str:
    """Empty if the use that has just come wins; else by what it lost."""
    for table in (CouponUseRow, CouponClaimRow, SaleRow):
        work.write_rows(table)
    before = work.session.exec(
        select(CouponUseRow).where(CouponUseRow.coupon == coupon, CouponUseRow.first == True)  # noqa: E712 - SQL
    ).first()
    if before is None:
        return "before"
    claim = work.session.get(CouponClaimRow, (before.fact, coupon))
    if claim is not None and claim.leased:
        return "first" if leased else "lease"
    if not leased:
        return "first"
    before.first = False
    work.session.add(before)
    _lose(work, _stored_use(work, before, claim), "lease")
    return ""


def _stored_use(work: Work, use: CouponUseRow, claim: CouponClaimRow | None) -> _Use:
    sale = work.session.get_one(SaleRow, use.fact)
    return _Use(
        use.fact, use.coupon, use.amount, sale.id, sale.receipt, sale.store, sale.terminal, sale.cashier,
        claim.claimed if claim else "", claim.approver if claim else None,
    )  # fmt: skip


def _lose(work: Work, use: _Use, settled: str) -> str:
    """Into the loss account, and into the feed of the till whose sale it was."""
    cap = chain_setting(work, use.store, "coupon_override_cap", 0)
    work.add(
        LossRow, kind="coupon", subject=use.coupon, fact=use.fact, sale=use.sale, receipt=use.receipt, store=use.store,
        terminal=use.terminal, cashier=use.cashier, amount=use.amount, claimed=use.claimed, approver=use.approver,
        cap=cap, settled=settled, at_ms=_now_ms(work),
    )  # fmt: skip
    detail: dict[str, Any] = {
        "coupon": use.coupon, "amount": use.amount, "sale": use.sale, "receipt": use.receipt, "settled": settled,
        "cap": cap,
    }  # fmt: skip
    data = {"fact": use.fact, "code": TWICE, "detail": detail}
    work.publish(terminal_feed(use.terminal), "fact_outcome", use.fact, data)
    return TWICE


def _is_leased(work: Work, sale: SaleCompletedV1, said: Right) -> bool:
    """Did HQ promise the coupon to where it was used, when it was?"""
    at = _used_at(sale)
    return any(
        row.state != LAPSED and row.terminal in {None, work.terminal.id} and _covers(row, sale.store, at, said.right)
        for row in work.leases[said.coupon]
    )


def _covers(row: CouponLeaseRow, store: str, at: datetime, right: str) -> bool:
    """Whoever says that they used HQ's hold did so behind it, even if their clock was put back since HQ's last word."""
    begins = instant(row.from_ms)
    if right == HELD == row.kind:
        at = max(at, begins)
    return at >= begins - MARGIN and won_by(Lease(row.store, instant(row.not_after_ms)), store, at)


def _used_at(sale: SaleCompletedV1) -> datetime:
    """When it was by HQ's clock; a time that is none counts as never.

    A till dates its sales by HQ's time already, but where its clock is further off than it makes up for.
    """
    try:
        at = datetime.fromisoformat(sale.at)
    except ValueError:
        return instant(0)
    if at.tzinfo is None:
        return instant(0)
    offset_ms = sale.clock.offset_ms or 0
    return at + timedelta(milliseconds=offset_ms) if abs(offset_ms) > FURTHEST_MS else at


def _use_up(work: Work, key: str, coupon: CouponRow | None) -> None:
    """The coupon is gone, and whoever had a right to it has one no more."""
    if coupon is not None and coupon.state != "used":
        coupon.state = "used"
        work.coupon_changed(coupon)
    for row in work.leases[key]:
        if row.state == OPEN:
            recalls.end(work.session, row, USED)
            if row.kind == LEASE:
                work.publish(store_feed(row.store), "coupon_lease", key, None)


def _now_ms(work: Work) -> int:
    return int(work.clock.now().timestamp() * 1000)
