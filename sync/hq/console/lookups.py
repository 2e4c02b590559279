"""What the console's lists ask the database beside their rows, and the one thing they write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session
from sqlmodel import col, select

from posclient.domain.money import yuan
from posclient.domain.people import mask_name, mask_phone
from sync.hq.chain_tables import CouponRow, MemberRow
from sync.hq.clock import milliseconds
from sync.hq.console_tables import QuarantineLook
from sync.hq.database import Database
from sync.hq.fact_tables import FactRow, PaymentRow, SaleLineRow
from sync.hq.service import Hq
from sync.hq.tables import Chain, Terminal

#: A till asks every 30 to 90 seconds; after ten minutes something is wrong, or it is switched off.
SILENT_MS = 10 * 60_000


@dataclass(frozen=True, slots=True)
class ShownCoupon:
    """A coupon as a person may see it."""

    name: str
    member: str
    until: str | None
    rule: str


def state(hq: Hq, terminal: Terminal) -> str:
    """``new`` (a code is out), ``revoked``, ``silent`` or ``here``."""
    if terminal.enrolled_ms is None:
        return "new"
    if terminal.revoked:
        return "revoked"
    last = hq.contacts.last(terminal.id, terminal.seen_ms)
    return "here" if last and milliseconds(hq.clock) - last <= SILENT_MS else "silent"


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


def received(session: Session, terminals: Iterable[Terminal]) -> dict[str, int]:
    """The last seq of each till's present incarnation."""
    wanted = {(one.id, one.incarnation) for one in terminals}
    rows = session.execute(select(Chain).where(col(Chain.terminal).in_([one for one, _ in wanted]))).scalars()
    return {row.terminal: row.received_seq for row in rows if (row.terminal, row.incarnation) in wanted}


def looks(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    """Who looked at which fact in quarantine, and when."""
    rows = session.execute(select(QuarantineLook).where(col(QuarantineLook.number).in_(numbers))).scalars()
    return {
        row.number: f"{row.administrator}, {datetime.fromtimestamp(row.looked_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
        for row in rows
    }


def keep(database: Database, look: QuarantineLook) -> None:
    """Note that a person looked."""
    with database.write() as session:
        session.merge(look)


def sale_lines(session: Session, fact: str) -> str:
    """Lines and payments, one a row."""
    lines = session.execute(select(SaleLineRow).where(SaleLineRow.fact == fact)).scalars()
    payments = session.execute(select(PaymentRow).where(PaymentRow.fact == fact)).scalars()
    return "\n".join(
        [
            *(f"{one.sku}  {one.name}  {one.qty} × {yuan(one.unit_price)} = {yuan(one.net)}" for one in lines),
            *(f"{one.tender}  {yuan(one.amount)}" for one in payments),
        ]
    )


def coupons(session: Session, rows: Iterable[CouponRow]) -> dict[str, ShownCoupon]:
    """What a list shows of each coupon; its member by code, name and phone, masked."""
    wanted = list(rows)
    owners = session.execute(select(MemberRow).where(col(MemberRow.id).in_([one.member for one in wanted]))).scalars()
    members = {one.id: one for one in owners}
    return {one.id: _coupon(one, members.get(one.member)) for one in wanted}


def _coupon(row: CouponRow, member: MemberRow | None) -> ShownCoupon:
    data = json.loads(row.data)
    rule = json.dumps(data.get("rule"), ensure_ascii=False, indent=1)
    return ShownCoupon(data.get("name") or "", _member(member) if member else row.member, data.get("until"), rule)


def _member(member: MemberRow) -> str:
    data = json.loads(member.data)
    return f"{member.code} {mask_name(data.get('name') or '')} {mask_phone(data.get('phone') or '')}".strip()


def _offset(body: bytes | None) -> int | None:
    try:
        found = json.loads(body or b"null")
    except ValueError:
        return None
    clock = found.get("clock") if isinstance(found, dict) else None
    offset = clock.get("offset_ms") if isinstance(clock, dict) else None
    return offset if isinstance(offset, int) else None


def states(hq: Hq) -> dict[str, int]:
    """Terminals by ``state``."""
    counts = dict.fromkeys(("here", "silent", "revoked", "new"), 0)
    with hq.database.read() as session:
        for terminal in session.exec(select(Terminal)):
            counts[state(hq, terminal)] += 1
    return counts


def figure(name: str, count: int) -> str:
    """A figure of ``count_all`` for a person."""
    return yuan(count) if name == "total" else str(count)
