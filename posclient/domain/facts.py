"""What happened, as HQ will read it for ever.

Envelope version 1 (protocol.md, identity and order) is frozen: terminal, incarnation, seq, id, kind, kind version,
bytes, hash. The bytes are made once, stored and sent as they are. Kinds and their versions are listed in ``KINDS``:
a change of a body is a new kind version, and HQ keeps a reader for every one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from posclient.domain.cart import Cart, Removal
from posclient.domain.sale import Sale
from posclient.domain.valet import ValetOrder

SALE_COMPLETED = "SaleCompleted"
MEMBER_REGISTERED = "MemberRegistered"
VALET_ORDER_PLACED = "ValetOrderPlaced"
CARE_TASK_CHANGED = "CareTaskChanged"
RULE_SKIPPED = "RuleSkipped"
CLOCK_FLOOR_LOWERED = "ClockFloorLowered"
LEASE_RETURNED = "LeaseReturned"
CART_CLEARED = "CartCleared"

#: The right to a public code: everybody's.
PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class CouponRight:
    """By what right a coupon was used (``domain.leases.Right``, ``PUBLIC``); ``approver`` of an override."""

    coupon: str
    right: str
    approver: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """Who let a discount by hand pass that is beyond the store's limit; ``discount`` is its id, as in ``manual:D1``."""

    discount: str
    approver: str


#: kind -> its current version, written by this program.
KINDS = {
    SALE_COMPLETED: 1, MEMBER_REGISTERED: 1, VALET_ORDER_PLACED: 1, CARE_TASK_CHANGED: 1, RULE_SKIPPED: 1,
    CLOCK_FLOOR_LOWERED: 1, LEASE_RETURNED: 1, CART_CLEARED: 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One envelope, version 1. ``hash`` chains it to its predecessor."""

    terminal: str
    incarnation: str
    seq: int
    id: str
    kind: str
    kind_version: int
    body: bytes
    hash: bytes


def chain_start(terminal: str, incarnation: str) -> bytes:
    """The hash before the first fact."""
    return hashlib.sha256(f"{terminal}{incarnation}".encode()).digest()


def chain_hash(
    previous: bytes, terminal: str, incarnation: str, seq: int, fact_id: str, kind: str, kind_version: int, body: bytes
) -> bytes:
    """SHA-256(previous || canonical header || the exact bytes); the header is compact JSON, an array, UTF-8."""
    header = json.dumps(
        [terminal, incarnation, seq, fact_id, kind, kind_version], ensure_ascii=False, separators=(",", ":")
    ).encode()
    return hashlib.sha256(previous + header + body).digest()


def make_fact(
    previous: bytes, terminal: str, incarnation: str, seq: int, fact_id: str, kind: str, content: Mapping[str, Any]
) -> Fact:
    """The next fact of a chain; ``content`` must be plain JSON."""
    body = body_bytes(content)
    version = KINDS[kind]
    digest = chain_hash(previous, terminal, incarnation, seq, fact_id, kind, version, body)
    return Fact(terminal, incarnation, seq, fact_id, kind, version, body, digest)


def body_bytes(content: Mapping[str, Any]) -> bytes:
    """Compact UTF-8 JSON, keys in the order given: made once, never again."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def clock_stamp(wall: datetime, offset_ms: int | None, suspect: bool = False) -> dict[str, Any]:
    """In every body: wall time, and if known the offset to HQ and what HQ's time is by it (protocol.md, clocks).

    ``clock_suspect`` is there where the clock was far behind the latest time that this till had used (S-16).
    """
    stamp: dict[str, Any] = {"at": wall.isoformat(), "offset_ms": offset_ms}
    if offset_ms is not None:
        stamp["hq_at"] = (wall + timedelta(milliseconds=offset_ms)).isoformat()
    return {**stamp, "clock_suspect": True} if suspect else stamp


def sale_completed(
    sale: Sale, stamp: Mapping[str, Any], rights: tuple[CouponRight, ...] = (), removals: tuple[Removal, ...] = (),
    approvals: tuple[Approval, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    """Body of ``SaleCompleted`` v1: the sale's fields by their names, with ``clock`` = ``clock_stamp``.

    ``priced`` stays on the till: its lines, discounts and groups are what a refund elsewhere needs, and go along.
    ``rights`` is there only where coupons are leased, ``removals`` only where something was taken out again, and
    ``approvals`` where a manager let a discount pass: a reader that does not know the keys loses no figure.
    """
    body = {name: _plain(getattr(sale, name)) for name in sale.__slots__ if name != "priced"}
    whole = {**body, "clock": dict(stamp), "groups": sale.priced.get("groups", [])}
    more = {"rights": _plain(rights), "removals": _plain(removals), "approvals": _plain(approvals)}
    return {**whole, **{name: value for name, value in more.items() if value}}


def cart_cleared(
    cart: Cart, place: tuple[str, int], at: datetime, by: str | None, reason: str, stamp: Mapping[str, Any]
) -> dict[str, Any]:
    """Body of ``CartCleared`` v1: something was rung up, and nothing of it is left, with no sale.

    ``place``: store and slot; ``removals``: all that was in it; ``reason``: of whoever threw it away, empty where the
    last line was taken out.
    """
    return {
        "cart": cart.id, "store": place[0], "slot": place[1], "at": at.isoformat(),
        "business_date": at.date().isoformat(), "by": by, "reason": reason, "removals": _plain(cart.removals),
        "clock": dict(stamp),
    }  # fmt: skip


def valet_order_placed(order: ValetOrder, side_record: str | None, stamp: Mapping[str, Any]) -> dict[str, Any]:
    """Body of ``ValetOrderPlaced`` v1; ``side`` is the SHA-256 (hex) of the sealed address.

    ``expected`` is there only where the customer was told of a place: HQ says then whether it is another one.
    """
    body: dict[str, Any] = _plain(order)
    if order.expected is None:
        del body["expected"]
    return {**body, "side": side_record, "clock": dict(stamp)}


def member_registered(
    member: str,
    code: str,
    own_guide: str | None,
    store: str,
    tier: str,
    coupons: list[dict[str, Any]],
    side_record: str,
    stamp: Mapping[str, Any],
) -> dict[str, Any]:
    """Body of ``MemberRegistered`` v1. Phone, name and birthday are in the side record alone.

    ``coupons``: the newcomer coupons made on the till, each ``{id, template, until}``.
    """
    return {
        "member": member,
        "code": code,
        "own_guide": own_guide,
        "store": store,
        "tier": tier,
        "coupons": coupons,
        "side": side_record,
        "clock": dict(stamp),
    }


def care_task_changed(
    task: str, change: str, note: str, until: datetime | None, by: str, stamp: Mapping[str, Any]
) -> dict[str, Any]:
    """Body of ``CareTaskChanged`` v1; ``change`` is done, snoozed (``until``) or cancelled."""
    body = {"task": task, "change": change, "note": note, "until": _plain(until), "by": by}
    return {**body, "clock": dict(stamp)}


def rule_skipped(rule: str, kind: str, stamp: Mapping[str, Any]) -> dict[str, Any]:
    """Body of ``RuleSkipped`` v1: a promotion or coupon of a kind that this till does not know."""
    return {"rule": rule, "rule_kind": kind, "clock": dict(stamp)}


def clock_floor_lowered(before: datetime, after: datetime, stamp: Mapping[str, Any]) -> dict[str, Any]:
    """Body of ``ClockFloorLowered`` v1: HQ's signed time took back a business time that was never reached."""
    return {"from": before.isoformat(), "to": after.isoformat(), "clock": dict(stamp)}


def lease_returned(coupon: str, not_after: str, stamp: Mapping[str, Any]) -> dict[str, Any]:
    """Body of ``LeaseReturned`` v1: this till relies no more on the lease of ``coupon`` that ends at ``not_after``.

    ``not_after`` is HQ's own text (ISO 8601); with the coupon it names one lease.
    """
    return {"coupon": coupon, "not_after": not_after, "clock": dict(stamp)}


def _plain(value: Any) -> Any:
    """Dataclasses, tuples and times as JSON has them; this is on the way of every sale."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    names = value.__dataclass_fields__  # as ``dataclasses.fields`` has them, which is slow
    return {name: _plain(getattr(value, name)) for name in names}
