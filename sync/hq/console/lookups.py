"""What the console's lists ask the database beside their rows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import Session
from sqlmodel import col, select
from starlette_admin.i18n import get_tzinfo

from posclient.domain.codes import parse_receipt_no
from posclient.domain.money import yuan
from posclient.domain.people import mask_name, mask_phone
from sync.hq.bulk import MOST_KEYS
from sync.hq.chain_tables import CouponRow, MemberRow, StoreRow
from sync.hq.console.rendering import local
from sync.hq.console.words import named, say
from sync.hq.fact_tables import FactRow, PaymentRow, RemovalRow, SaleLineRow, SaleRow, ValetOrderRow
from sync.hq.lease_tables import LossRow
from sync.hq.tables import Terminal

#: A clock that differs by more is none; as what tills say of themselves (``vitals.Health``).
MOST_OFFSET_MS = 2**53


@dataclass(frozen=True, slots=True)
class ShownCoupon:
    """A coupon as a person may see it."""

    name: str
    member: str
    until: str | None
    rule: str


def clock_offsets(session: Session, terminals: Iterable[Terminal]) -> dict[str, int]:
    """By how many ms each till's last fact says that its clock differs from HQ's, where it says so."""
    found = {}
    for terminal in terminals:
        newest = session.execute(
            select(FactRow.body)
            .where(FactRow.terminal == terminal.id, FactRow.incarnation == terminal.incarnation)
            .order_by(col(FactRow.seq).desc())
            .limit(1)
        ).scalar()
        offset = _offset(newest)
        if offset is not None:
            found[terminal.id] = offset
    return found


def seconds(offset_ms: int | None) -> str | None:
    """``+1.5 s``."""
    return None if offset_ms is None else f"{offset_ms / 1000:+.1f} s"


def sales_of(session: Session, term: str) -> ColumnElement[bool]:
    """A receipt's number, a store, a till, or the id of a sale or of its fact."""
    receipt, till = parse_receipt_no(term), session.get(Terminal, term)
    place = receipt or till
    if place is not None:
        at = and_(col(SaleRow.store) == place.store, col(SaleRow.slot) == place.slot)
        return and_(at, col(SaleRow.seq) == receipt.seq) if receipt else at
    if session.get(StoreRow, term) is not None:
        return col(SaleRow.store) == term
    return or_(col(SaleRow.id) == term, col(SaleRow.fact) == term)


def removals_of(session: Session, term: str) -> ColumnElement[bool]:
    """A receipt's number, a store, a till, or the id of a fact."""
    till = session.get(Terminal, term)
    if till is not None:
        return and_(col(RemovalRow.store) == till.store, col(RemovalRow.terminal) == till.id)
    if parse_receipt_no(term) is not None:
        return col(RemovalRow.fact).in_(select(SaleRow.fact).where(sales_of(session, term)))
    return or_(col(RemovalRow.store) == term, col(RemovalRow.fact) == term)


def facts_of(session: Session, term: str) -> list[str]:
    """The facts of the sale or valet order that a number or an id names."""
    sold = sales_of(session, term) if parse_receipt_no(term) else col(SaleRow.id) == term
    numbered = and_(col(ValetOrderRow.terminal) == term.rpartition("-")[0], col(ValetOrderRow.number) == term)
    ordered = or_(col(ValetOrderRow.id) == term, numbered)
    found = [select(SaleRow.fact).where(sold), select(ValetOrderRow.fact).where(ordered)]
    return [fact for one in found for fact in session.execute(one.limit(MOST_KEYS)).scalars()]


def members_of(session: Session, term: str) -> list[str]:
    """The ids of the member whom a code or an id names."""
    known = session.execute(select(MemberRow.id).where(MemberRow.code == term)).scalars()
    return [term, *known]


def coupons_of(session: Session, term: str) -> list[str]:
    """The ids of the coupons of the member whom a code or an id names; read before, as no planner looks into an OR."""
    mine = select(CouponRow.id).where(col(CouponRow.member).in_(members_of(session, term)))
    return list(session.execute(mine.limit(MOST_KEYS)).scalars())


def sale_lines(session: Session, fact: str) -> str:
    """Lines and payments, one a row."""
    lines = session.execute(select(SaleLineRow).where(SaleLineRow.fact == fact)).scalars()
    payments = session.execute(select(PaymentRow).where(PaymentRow.fact == fact)).scalars()
    return "\n".join(
        [
            *(f"{one.sku}  {one.name}  {one.qty} × {yuan(one.unit_price)} = {yuan(one.net)}" for one in lines),
            *(f"{named('tender', one.tender)}  {yuan(one.amount)}" for one in payments),
        ]
    )


def losses_by_month(session: Session, since: datetime | None = None) -> list[tuple[str, str, int, int]]:
    """Month, store, number and fen of the losses, the newest month first; the largest sum first within it."""
    zone = get_tzinfo()
    hours = func.floor(col(LossRow.at_ms) / (3600 * 1000))  # a month begins at another instant in each zone
    grouped = select(hours, LossRow.store, func.count(), func.sum(LossRow.amount)).group_by(hours, LossRow.store)
    if since is not None:
        grouped = grouped.where(col(LossRow.at_ms) >= int(since.timestamp() * 1000))
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for hour, store, count, amount in session.execute(grouped):
        month = f"{datetime.fromtimestamp(int(hour) * 3600, zone):%Y-%m}"
        sums[month, store][0] += count
        sums[month, store][1] += int(amount)
    made = [(month, store, count, amount) for (month, store), (count, amount) in sums.items()]
    made.sort(key=lambda one: (one[0], one[3]), reverse=True)
    return made


def last_months(now: datetime, months: int) -> datetime:
    """The first instant of the month ``months`` before ``now``, in the browser's zone."""
    now = now.astimezone(get_tzinfo())
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(year=years, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def coupons(session: Session, rows: Iterable[CouponRow]) -> dict[str, ShownCoupon]:
    """What a list shows of each coupon; its member by code, name and phone, masked."""
    wanted = list(rows)
    owners = session.execute(select(MemberRow).where(col(MemberRow.id).in_([one.member for one in wanted]))).scalars()
    members = {one.id: one for one in owners}
    return {one.id: _coupon(one, members.get(one.member)) for one in wanted}


def _coupon(row: CouponRow, member: MemberRow | None) -> ShownCoupon:
    data = json.loads(row.data)
    rule = json.dumps(data.get("rule"), ensure_ascii=False, indent=1)
    until = local(data["until"]) if data.get("until") else None
    owner = _member(member) if member else row.member or say("console.coupon.public")
    return ShownCoupon(data.get("name") or "", owner, until, rule)


def _member(member: MemberRow) -> str:
    data = json.loads(member.data)
    return f"{member.code} {mask_name(data.get('name') or '')} {mask_phone(data.get('phone') or '')}".strip()


def _offset(body: bytes | None) -> int | None:
    try:
        found = json.loads(body or b"null")
    except (ValueError, RecursionError):
        return None
    clock = found.get("clock") if isinstance(found, dict) else None
    offset = clock.get("offset_ms") if isinstance(clock, dict) else None
    return offset if isinstance(offset, int) and abs(offset) < MOST_OFFSET_MS else None
