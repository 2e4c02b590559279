"""members.csv."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from posclient.domain.leases import VALUE
from posclient.domain.private import phone_index
from sync.hq import contacts
from sync.hq.bulk import parts
from sync.hq.chain_tables import CouponRow, MemberAlias, MemberRow
from sync.hq.clock import UtcClock, milliseconds
from sync.hq.early_points import credit_early
from sync.hq.erasing import all_forgotten
from sync.hq.escrow import Books
from sync.hq.feeds import Change, canonical
from sync.hq.imports import cells, weights
from sync.hq.imports.batch import FORGOTTEN, Batch, ImportFile
from sync.hq.imports.known_members import by_code, by_id, phones_of_members
from sync.hq.imports.reading import Column, Row
from sync.hq.imports.tiers_and_guides import unknown_word
from sync.hq.lease_tables import ValueAccountRow
from sync.hq.over import marked
from sync.hq.placing import Guests, coupon_changes, guests, member_changes, member_feeds

#: Columns that open an account: later only facts change them.
_OPENING = ("points", "stored_value")
PHONE_OF_ANOTHER = "phone_of_another"


def load_members(batch: Batch) -> list[Change]:
    """Members into the feeds where they belong; who moved home leaves the old store's feed with their coupons."""
    named = _Named(batch)
    kept: list[MemberRow] = []
    gone: list[Change] = []
    moved: list[MemberRow] = []
    values: dict[str, int] = {}
    for row in batch.rows:
        others, member = named.others(row), named.member(row)
        if member is None and named.is_forgotten(row):
            batch.learnt.forgotten.add(row["code"])
            batch.fault(row, "id" if row["id"] else "code", FORGOTTEN)
            continue
        if not batch.has_store(row, "home_store"):
            continue
        if fault := named.fault(row, member, others) or unknown_word(batch, row, member):
            if fault[1] == PHONE_OF_ANOTHER and batch.later is not None:  # who has it may give it up further down
                batch.later.add(row.line)
            else:
                batch.fault(row, *fault)
            continue
        home = row["home_store"] if member is None else row.over("home_store", member.home_store)
        if member is None:
            member = MemberRow(id=row["id"] or row["code"], code="", phone_index="", points=row["points"], data="{}")
            batch.session.add(member)
        elif member.home_store != home:
            gone += _leaving(member, home, batch)
            moved.append(member)
        member.home_store = home
        member.phone_index = named.give_phone(row)
        _fill(member, row)
        values[member.id] = row["stored_value"]
        for other in others:  # the card is this member's now; that one keeps their id for a code, as who never had any
            other.code = other.id
        kept += [*others, member]
    batch.session.flush()
    credit_early(batch.session, milliseconds(UtcClock()), {name: one for one in kept for name in (one.id, one.code)})
    _open_accounts(batch, {member.id: member for member in kept}, values)
    away = guests(batch.session, [member.id for member in kept])
    left, follow = _coupons_along(batch, gone, moved, away)
    return [*gone, *left, *member_changes(kept, batch.stores, away), *follow]


def _coupons_along(
    batch: Batch, gone: list[Change], moved: list[MemberRow], away: Guests
) -> tuple[list[Change], list[Change]]:
    """The coupons of those who moved, out of the feeds that their owners are ``gone`` from, and where they are now."""
    coupons = _coupons_of(batch, moved)
    homes = {member.id: member.home_store for member in moved}
    held: defaultdict[str, list[str]] = defaultdict(list)
    for coupon in coupons:
        held[coupon.member].append(coupon.id)
    left = [Change(one.feed, "coupon", coupon, None) for one in gone for coupon in held[one.key]]
    follow = marked(coupon_changes(coupons, homes, batch.stores, away), {one.id for one in coupons}, batch.over_before)
    return left, list(follow)


class _Named:
    """Whom the rows of a batch name, and what is wrong with one."""

    def __init__(self, batch: Batch) -> None:
        self._session = batch.session
        ids = [row["id"] or row["code"] for row in batch.rows]
        self._known, self._united = by_id(batch, ids), _united(batch, ids)
        self._called = by_code(batch, [row["code"] for row in batch.rows if not row["id"]])
        self._holders = _holders(batch, [row for row in batch.rows if row["id"]])
        self._forgotten = all_forgotten(batch.session, [one for one in ids if one not in self._known])
        self._phones = {row.line: phone_index(batch.keys.index_key, row["phone"]) for row in batch.rows}
        self._taken = phones_of_members(batch, self._phones.values())

    def member(self, row: Row) -> MemberRow | None:
        """Whose row it is; None: of somebody new. The code first: it may have been somebody else's once, and still be
        their id. And no earlier row may have given its owner another.
        """
        called = None if row["id"] else self._called.get(row["code"])
        return called if called and called.code == row["code"] else self._known.get(row["id"] or row["code"])

    def is_forgotten(self, row: Row) -> bool:
        """Of somebody new: did they ask to be forgotten? Of who was erased HQ keeps the ids alone."""
        return (row["id"] or row["code"]) in self._forgotten

    def others(self, row: Row) -> list[MemberRow]:
        """Who has the code that a row with an id gives away."""
        return [one for one in self._holders[row["code"]] if one.code == row["code"] and one.id != row["id"]]

    def fault(self, row: Row, member: MemberRow | None, others: list[MemberRow]) -> tuple[str, str] | None:
        """Column and code of what is wrong with a row of ``member``, where ``others`` have its code."""
        if (row["id"] or row["code"]) in self._united:
            return "id" if row["id"] else "code", "member_united"
        if member is None and not row["id"] and self._phones[row.line] in self._taken:
            return "phone", PHONE_OF_ANOTHER
        if any(one.id == row["code"] for one in others):
            return "code", "code_is_an_id"
        ids = [one.id for one in others]
        taken = select(MemberRow.id).where(col(MemberRow.code).in_(ids), MemberRow.id != row["id"])
        return ("code", "no_other_code") if ids and self._session.exec(taken.limit(1)).first() is not None else None

    def give_phone(self, row: Row) -> str:
        """The blind index of a row's phone, which is a member's from now on."""
        self._taken.add(self._phones[row.line])
        return self._phones[row.line]


def _holders(batch: Batch, rows: list[Row]) -> defaultdict[str, list[MemberRow]]:
    """Who has the codes that these rows give to members by their ids."""
    found: defaultdict[str, list[MemberRow]] = defaultdict(list)
    for some in parts(sorted({row["code"] for row in rows})):
        for member in batch.session.exec(select(MemberRow).where(col(MemberRow.code).in_(some))):
            found[member.code].append(member)
    return found


#: Columns of a member that a later import may change.
_PERSON = ("name", "phone", "birthday", "tier", "own_guide", "tags")


def _fill(member: MemberRow, row: Row) -> None:
    """The member as the row says, and as they were where it says nothing."""
    old: dict[str, Any] = json.loads(member.data)
    data = {name: row.over(name, old.get(name, row[name])) for name in _PERSON}
    data["stored_value"] = old.get("stored_value", 0)
    member.code = row["code"]
    member.data = canonical(data)


def _open_accounts(batch: Batch, members: Mapping[str, MemberRow], values: Mapping[str, int]) -> None:
    """Who has stored value gets an account of it, once; what is new is leased at the next contact."""
    rich = [member for member, value in values.items() if value > 0]
    known: set[str] = set()
    for some in parts(rich):
        known.update(batch.session.exec(_with_account(some)))
    books = Books(batch.session, milliseconds(UtcClock()))
    for member in rich:
        if member not in known:
            books.open_account(member, values[member])
            one = members[member]
            one.data = canonical({**json.loads(one.data), "stored_value": values[member]})
    contacts.hurry(batch.session)


def _with_account(members: list[str]) -> SelectOfScalar[str]:
    return select(ValueAccountRow.member).where(col(ValueAccountRow.member).in_(members), ValueAccountRow.unit == VALUE)


def _leaving(member: MemberRow, home: str | None, batch: Batch) -> list[Change]:
    """The feeds that no longer hold a member whose home becomes ``home``."""
    stay = set(member_feeds(home, batch.stores, guests(batch.session, [member.id]).get(member.id, ())))
    return [
        Change(feed, "member", member.id, None)
        for feed in member_feeds(member.home_store, batch.stores)
        if feed not in stay
    ]


def _united(batch: Batch, ids: list[str]) -> set[str]:
    """Those that HQ has united with an older member: whoever names one means that member, for ever."""
    found: set[str] = set()
    for some in parts(ids):
        found.update(batch.session.exec(select(MemberAlias.old).where(col(MemberAlias.old).in_(some))))
    return found


def _coupons_of(batch: Batch, members: list[MemberRow]) -> list[CouponRow]:
    found: list[CouponRow] = []
    for some in parts(member.id for member in members):
        found += batch.session.exec(select(CouponRow).where(col(CouponRow.member).in_(some)))
    return found


MEMBERS = ImportFile(
    "members.csv",
    (
        Column("code", cells.identifier, needed=True),
        Column("phone", cells.phone, needed=True),
        Column("name", cells.text, default=""),
        Column("id", cells.identifier),
        Column("tier", cells.identifier, default="basic"),
        Column("points", cells.whole(0, 10**12), default=0),
        Column("stored_value", cells.money, default=0),
        Column("birthday", cells.day),
        Column("own_guide", cells.identifier),
        Column("home_store", cells.store_id),
        Column("tags", cells.words, default=[]),
    ),
    load_members,
    key=("code",),
    own_id="id",
    weigh=weights.of_members,
)
