"""The coupons in a member's hands and the public codes, as HQ's feed and this till know them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from posclient.db import local_members
from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.db.members import all_ids
from posclient.db.row_values import instant, json_text
from posclient.domain.people import NOBODY, MemberCoupon

_COUPONS = (
    "SELECT key, name, member, rule, until, template, single_use, state FROM coupon WHERE member = ? ORDER BY key"
)
#: By key, since a chain may have announced many. Single use by anybody who is told the code is no right of anybody's.
_PUBLIC = (
    "SELECT key, name, member, rule, until, template, single_use, state FROM coupon"
    " WHERE key IN (SELECT value FROM json_each(?)) AND member = ? AND NOT single_use ORDER BY key"
)


def of_member(cache: LiveCache, till: Connection, member: str) -> list[MemberCoupon]:
    """Coupons of a member, those made here included; not those that HQ knows as used.

    What this till itself has taken is still in the list: ``sales.used_coupons`` names it, and the member is told why.
    """
    ids = all_ids(cache, member)
    con = cache.con  # after that: it may have turned to the next cache
    rows = [row for one in ids for row in con.execute(_COUPONS, (one,)).fetchall()]
    known = {row[0] for row in rows}
    local = [coupon for one in ids for coupon in local_members.coupons_of(till, one) if coupon.id not in known]
    return _active(rows) + local


def public(cache: LiveCache, codes: Iterable[str]) -> list[MemberCoupon]:
    """Which of ``codes`` are public ones now."""
    return _active(cache.con.execute(_PUBLIC, (json_text(sorted(codes)), NOBODY)).fetchall())


def _active(rows: Iterable[tuple[Any, ...]]) -> list[MemberCoupon]:
    return [
        MemberCoupon(key, name, owner, {**json.loads(rule), "id": key}, instant(until), template, bool(single_use))
        for key, name, owner, rule, until, template, single_use, state in rows
        if state == "active"
    ]


def by_id(cache: LiveCache, till: Connection, coupon: str) -> MemberCoupon | None:
    """A coupon by its id, for a scanned one; whoever holds it. None for one that HQ knows as used: ``used_name``."""
    row = cache.con.execute("SELECT member FROM coupon WHERE key = ?", (coupon,)).fetchone()
    row = row or till.execute("SELECT member FROM local_coupon WHERE id = ?", (coupon,)).fetchone()
    if row and row[0] == NOBODY:
        return next(iter(public(cache, [coupon])), None)
    found = of_member(cache, till, row[0]) if row else []
    return next((one for one in found if one.id == coupon), None)


def used_name(cache: LiveCache, coupon: str) -> str | None:
    """What a coupon is called that HQ knows as used."""
    row = cache.con.execute("SELECT name FROM coupon WHERE key = ? AND state != 'active'", (coupon,)).fetchone()
    return row[0] if row else None
