"""Members registered on this till and their newcomer coupons, until HQ's rows are in the cache."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from posclient.db import members, sealing
from posclient.db.connection import Connection, transaction
from posclient.db.live_cache import LiveCache
from posclient.db.row_values import fields, instant, json_text
from posclient.domain.people import Member, MemberCoupon
from posclient.domain.private import phone_index
from posclient.errors import DataError

_COLUMNS = "id, code, sealed, last4, tier, own_guide, home_store"


def add(
    con: Connection, member: Member, fact: int, own_key: bytes, index_key: bytes, coupons: Sequence[MemberCoupon] = ()
) -> None:
    """Keep a newly registered member in the caller's transaction; ``fact`` is the registration's journal number.

    A phone that is registered here already is a bug of the caller (``by_phone`` tells).
    """
    from posclient.db import till_member_tables as tables
    from posclient.db.rows import add as insert

    birthday = member.birthday.isoformat() if member.birthday else None
    private = {"name": member.name, "phone": member.phone, "birthday": birthday}
    insert(
        con,
        tables.LocalMemberRow,
        {
            "id": member.id,
            "fact": fact,
            "code": member.code,
            "sealed": sealing.seal_own(own_key, private),
            "last4": member.phone[-4:],
            "phone_index": phone_index(index_key, member.phone),
            "tier": member.tier,
            "own_guide": member.own_guide,
            "home_store": member.home_store,
        },
    )
    for coupon in coupons:
        until = coupon.until.isoformat() if coupon.until else None
        insert(con, tables.LocalCouponRow, {**fields(coupon), "rule": json_text(coupon.rule), "until": until})


def by_id(con: Connection, member: str, own_key: bytes | None) -> Member | None:
    """A member registered here; without the key, or with another one, sealed."""
    return next(iter(_read(con, "id", member, own_key)), None)


def by_code(con: Connection, code: str, own_key: bytes | None) -> Member | None:
    """The same by the member's code."""
    return next(iter(_read(con, "code", code, own_key)), None)


def by_phone(con: Connection, phone: str, own_key: bytes, index_key: bytes) -> Member | None:
    """The same by the whole phone number, through its blind index."""
    return next(iter(_read(con, "phone_index", phone_index(index_key, phone), own_key)), None)


def by_last4(con: Connection, last4: str, own_key: bytes | None) -> list[Member]:
    """Members registered here by the last four digits of their phone."""
    return _read(con, "last4", last4, own_key)


def coupons_of(con: Connection, member: str) -> list[MemberCoupon]:
    """Coupons made here for a member, used or not."""
    found = con.execute(
        "SELECT id, name, member, rule, until, template, single_use FROM local_coupon WHERE member = ? ORDER BY id",
        (member,),
    ).fetchall()
    return [
        MemberCoupon(
            coupon, name, owner, {**json.loads(rule), "id": coupon}, instant(until), template, bool(single_use)
        )
        for coupon, name, owner, rule, until, template, single_use in found
    ]


def forget_superseded(con: Connection, cache: LiveCache) -> int:
    """Drop local members and coupons whose rows have come from HQ, after a pull; how many.

    A power cut may undo what the cache took last: until its rows are on the disk, ours stay.
    """
    here = [one for (one,) in con.execute("SELECT id FROM local_member").fetchall()]
    ids = [(one,) for one in here if members.is_known(cache, one)]
    known = "SELECT 1 FROM coupon WHERE key = ?"
    coupons = [one for (one,) in con.execute("SELECT id FROM local_coupon").fetchall()]
    come = [(one,) for one in coupons if cache.con.execute(known, (one,)).fetchone()]
    if ids or come:
        cache.settle()
        with transaction(con):
            con.executemany("DELETE FROM local_member WHERE id = ?", ids)
            con.executemany("DELETE FROM local_coupon WHERE id = ?", come)
    return len(ids) + len(come)


def _read(con: Connection, column: str, value: str, own_key: bytes | None) -> list[Member]:
    rows = con.execute(f"SELECT {_COLUMNS} FROM local_member WHERE {column} = ? ORDER BY fact", (value,)).fetchall()  # noqa: S608
    return [_member(row, own_key, con) for row in rows]


def _member(row: tuple[Any, ...], own_key: bytes | None, con: Connection) -> Member:
    member, code, sealed, last4, tier, own_guide, home_store = row
    points = con.execute("SELECT coalesce(sum(points), 0) FROM sale WHERE member = ?", (member,)).fetchone()[0]
    private = _private(own_key, sealed)
    if private is None:
        return Member(member, code, "", "", tier, points, 0, None, own_guide, home_store, last4=last4)
    birthday = date.fromisoformat(private["birthday"]) if private["birthday"] else None
    return Member(member, code, private["name"], private["phone"], tier, points, 0, birthday, own_guide, home_store)


def _private(own_key: bytes | None, sealed: bytes) -> Mapping[str, Any] | None:
    try:
        return sealing.open_own(own_key, sealed) if own_key else None
    except DataError:
        return None
