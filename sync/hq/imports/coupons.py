"""coupons.csv. ``member`` of a coupon is the member's code; empty: it is a public code."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import col, select

from posclient.domain.people import NOBODY
from posclient.domain.pricing.kinds import read_coupon_rule
from sync.hq import contacts
from sync.hq.bulk import Among, parts
from sync.hq.chain_tables import CouponRow, MemberRow
from sync.hq.erasing import all_forgotten
from sync.hq.fact_tables import CouponUseRow
from sync.hq.feeds import Change, canonical
from sync.hq.imports import cells, weights
from sync.hq.imports.batch import FORGOTTEN, Batch, ImportFile
from sync.hq.imports.known_members import by_code, by_id
from sync.hq.imports.public_codes import public_fault
from sync.hq.imports.reading import Column, Row
from sync.hq.imports.rule_faults import rule_fault
from sync.hq.over import marked
from sync.hq.placing import coupon_changes, guests, member_feeds

#: Which parameter of a rule the column ``amount`` is, by kind.
_AMOUNT = {"amount_off": "amount", "percent_off": "bp", "exchange": "price"}
_TIMES = ("from", "until")
#: Columns that a rule is made of; the times are beside it.
_RULE = frozenset(("rule", "kind", "amount", "skus"))
_USED = Among(select(CouponUseRow.coupon), CouponUseRow.coupon)


def load_coupons(batch: Batch) -> list[Change]:
    """Coupons beside their members, public codes in every store. One that was used stays used, also by a sale that came
    before it: after a restore, what was imported since the backup is imported once more.
    """
    members = by_code(batch, [row["member"] for row in batch.rows])
    known = _coupons(batch, [row["id"] for row in batch.rows])
    used = set(_USED.firsts(batch.session, [row["id"] for row in batch.rows if row["id"] not in known]))
    forgotten = _forgotten(batch, members)
    kept: list[CouponRow] = []
    given: defaultdict[str, list[str]] = defaultdict(list)
    for row in batch.rows:
        coupon = known.get(row["id"])
        owner = _owner(row, members, coupon)
        if owner is None:
            batch.fault(row, "member", FORGOTTEN if row["member"] in forgotten else "unknown_member")
            continue
        single_use = row["single_use"] if coupon is None else row.over("single_use", coupon.single_use)
        if fault := public_fault(single_use, owner, coupon):
            batch.fault(row, *fault)
            continue
        column, rule = _rule(row, json.loads(coupon.data) if coupon else {})
        if fault := rule_fault(batch, row, column, read_coupon_rule, rule):
            batch.fault(row, *fault)
            continue
        coupon = coupon or CouponRow(id=row["id"], member=owner, single_use=True, data="{}")
        if single_use and coupon.id in used:
            coupon.state = "used"
        if coupon.member != owner:
            given[coupon.member].append(coupon.id)
        coupon.member, coupon.single_use = owner, single_use
        coupon.data = _data(row, rule, json.loads(coupon.data))
        batch.session.add(coupon)
        kept.append(coupon)
    batch.session.flush()
    contacts.hurry(batch.session)
    homes = {member.id: member.home_store for member in _owners(batch, kept, members)}
    changes = coupon_changes(kept, homes, batch.stores, guests(batch.session, homes))
    return [*_taken(batch, given), *marked(changes, known, batch.over_before)]


def _forgotten(batch: Batch, members: Mapping[str, MemberRow]) -> set[str]:
    """Codes of these rows that are those of forgotten members."""
    unknown = {row["member"] for row in batch.rows if row["member"] not in members} - {NOBODY}
    return unknown & batch.learnt.forgotten | all_forgotten(batch.session, unknown)


def _owner(row: Row, members: Mapping[str, MemberRow], coupon: CouponRow | None) -> str | None:
    """The member's id; None where nobody has the code."""
    if coupon is not None and "member" not in row.present:
        return coupon.member
    if row["member"] == NOBODY:
        return NOBODY
    member = members.get(row["member"])
    return member.id if member is not None else None


def _owners(batch: Batch, coupons: list[CouponRow], members: Mapping[str, MemberRow]) -> list[MemberRow]:
    """Whose coupons these are, also where the file does not say it of one that is here already."""
    named = {member.id: member for member in members.values()}
    return [*named.values(), *by_id(batch, {one.member for one in coupons} - named.keys() - {NOBODY}).values()]


def _data(row: Row, rule: Mapping[str, Any], old: Mapping[str, Any]) -> str:
    """The feed's other columns, as they were where the file says nothing of them."""
    data = {name: row.over(name, old.get(name, row[name])) for name in ("name", "template")}
    return canonical({**data, "name": data["name"] or row["id"], "rule": rule, "until": rule.get("until")})


def _taken(batch: Batch, given: Mapping[str, list[str]]) -> Iterator[Change]:
    """Coupons that were of the members ``given`` out of their feeds; the new owner's feeds, which follow, win."""
    away = guests(batch.session, given)
    for member in by_id(batch, given).values():
        for feed in member_feeds(member.home_store, batch.stores, away.get(member.id, ())):
            yield from (Change(feed, "coupon", coupon, None) for coupon in given[member.id])


def _rule(row: Row, old: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The coupon's rule, empty where there is none, and the column that is at fault then. ``old``: as it was."""
    was: dict[str, Any] = {name: value for name, value in old.get("rule", {}).items() if name not in _TIMES}
    times = {name: row.over(name, old.get("rule", {}).get(name)) for name in _TIMES}
    kept = {name: value for name, value in times.items() if value}
    if row["rule"] is not None:
        said = {name: row[name] for name in _TIMES if row[name]}
        return "rule", {**kept, **row["rule"], **said, "id": row["id"]}
    if was and not row.present & _RULE:
        return "rule", {**was, **kept, "id": row["id"]}
    column, rule = _short_rule(row, was)
    return column, {**rule, **kept, "id": row["id"]} if rule else {}


def _short_rule(row: Row, was: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """From columns of their own; of a rule of the same kind what none of them says stays."""
    kind = row.over("kind", was.get("kind"))
    if kind not in _AMOUNT:
        return "kind", {}
    amount = row.over("amount", was.get(_AMOUNT[kind]))
    if amount is None:
        return "amount", {}
    include = [f"sku:{sku}" for sku in row["skus"] or []] if "skus" in row.present else was.get("include", [])
    others = {} if "kind" in row.present else was
    return "amount", {**others, "kind": kind, _AMOUNT[kind]: amount, "include": include}


def _coupons(batch: Batch, ids: list[str]) -> dict[str, CouponRow]:
    found: dict[str, CouponRow] = {}
    for some in parts(ids):
        rows = batch.session.exec(select(CouponRow).where(col(CouponRow.id).in_(some)))
        found.update((coupon.id, coupon) for coupon in rows)
    return found


COUPONS = ImportFile(
    "coupons.csv",
    (
        Column("id", cells.identifier, needed=True),
        Column("member", cells.identifier, default=NOBODY),
        Column("kind", cells.text),
        Column("amount", cells.money),
        Column("from", cells.instant),
        Column("until", cells.instant),
        Column("skus", cells.identifiers),
        Column("name", cells.text, default=""),
        Column("rule", cells.json_object),
        Column("template", cells.identifier),
        Column("single_use", cells.flag, default=True),
    ),
    load_coupons,
    weigh=weights.of_coupons,
)
