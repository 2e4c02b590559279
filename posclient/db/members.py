"""Members as HQ's feed has them, with the points of own sales that it does not know yet; aliases are followed.

Name, phone and birthday are opened for those that are asked for, and only while this till has its key.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from posclient.db.at_rest import OwnKey
from posclient.db.cache_tables import PHONE_INDEX, TABLES
from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.db.own_effects import missing
from posclient.db.row_values import json_text
from posclient.domain.people import Member
from posclient.errors import DataError

_MEMBER = "SELECT key, code, tier, points, stored_value, own_guide, home_store, tags, last4, private, feed FROM member"
_OWN = " WHERE member IN (SELECT value FROM json_each(?)) AND "
_POINTS = f"SELECT member, sum(points) FROM sale{_OWN}"  # noqa: S608 - our own words
_SPENT = (
    "SELECT member, tender, sum(amount), sum(CAST(reference AS INTEGER)) FROM sale"  # noqa: S608
    f" JOIN payment ON payment.sale = sale.number{_OWN}"
)
#: Aliases of aliases end here: HQ does not make longer chains.
_MOST_HOPS = 8


def by_id(cache: LiveCache, till: Connection, member: str) -> Member | None:
    """The member of an id, or of the id that HQ has united it with."""
    return next(iter(_members(cache, till, "key", current_id(cache, member), 1)), None)


def by_code(cache: LiveCache, till: Connection, code: str) -> Member | None:
    """The member of a code (QR or card), or of an id that was united."""
    found = next(iter(_members(cache, till, "code", code, 1)), None)
    return found or (by_id(cache, till, code) if current_id(cache, code) != code else None)


def by_phone(cache: LiveCache, till: Connection, phone: str) -> list[Member]:
    """All members with this whole phone number. ``DataError("no_own_key")`` while personal data are sealed."""
    return _members(cache, till, PHONE_INDEX, cache.own.needed().index(phone), -1)


def by_last4(cache: LiveCache, till: Connection, last4: str, limit: int = 50) -> list[Member]:
    """Members by the last four digits of their phone; ask for one more to know whether there are others (T-26)."""
    return _members(cache, till, "last4", last4, limit)


def opens(cache: LiveCache, feed: str) -> bool:
    """Do the members of ``feed`` open with this till's key? If not, they were sealed under another one."""
    if feed.partition(":")[0] not in TABLES["member"].feeds:
        return True
    sql = "SELECT key, private FROM member WHERE feed = ? LIMIT 1"
    row = cache.con.execute(sql, (feed,)).fetchone()
    return row is None or _private(cache.own, *row) is not None


def current_id(cache: LiveCache, member: str) -> str:
    """Follow aliases: which id counts now."""
    aliases = _aliases(cache)
    for _ in range(_MOST_HOPS):
        if member not in aliases:
            break
        member = aliases[member]
    return member


def all_ids(cache: LiveCache, member: str) -> list[str]:
    """``member`` and every id that HQ has united with it: rows and facts may name any of them."""
    return _united(_aliases(cache), member)


def is_known(cache: LiveCache, member: str) -> bool:
    """Is HQ's row of this member (or of whom it was united with) here?"""
    sql = "SELECT 1 FROM member WHERE key = ?"
    return cache.con.execute(sql, (current_id(cache, member),)).fetchone() is not None


def _aliases(cache: LiveCache) -> Mapping[str, str]:
    sql = "SELECT key, new FROM member_alias"
    return cache.memo("member_alias", lambda con: dict(con.execute(sql).fetchall()))


def _united(aliases: Mapping[str, str], member: str) -> list[str]:
    ids = [member]
    if aliases:
        for one in ids:
            ids += [old for old, new in aliases.items() if new == one and old not in ids]
    return ids


def _members(cache: LiveCache, till: Connection, column: str, value: str | bytes, limit: int) -> list[Member]:
    con = cache.con
    rows = con.execute(f"{_MEMBER} WHERE {column} = ? ORDER BY n LIMIT ?", (value, limit)).fetchall()
    points, spent = _own_sales(cache, till, rows) if rows else ({}, {})
    return [_member(row, cache.own, points.get(row[0], 0), spent.get(row[0], 0)) for row in rows]


def _member(row: tuple[Any, ...], own: OwnKey, own_points: int, spent: int) -> Member:
    key, code, tier, points, stored_value, own_guide, home_store, tags, last4, private, _ = row
    labels = tuple(json.loads(tags)) if tags != "[]" else ()
    found = _private(own, key, private)
    born = date.fromisoformat(found["birthday"]) if found and found["birthday"] else None
    name, phone, left = (found["name"], found["phone"], None) if found else ("", "", last4)
    return Member(
        key, code, name, phone, tier, points + own_points, stored_value - spent, born, own_guide, home_store, labels,
        left,
    )  # fmt: skip


def _private(own: OwnKey, key: str, sealed: bytes) -> Mapping[str, Any] | None:
    """A row's personal data; None while they are sealed, also where another key sealed them."""
    at_rest = own.at_rest  # once: the sync may take it away meanwhile
    if at_rest is None:
        return None
    try:
        found: Mapping[str, Any] = json.loads(at_rest.open(TABLES["member"].place(key), sealed))
    except DataError:
        return None
    return found


def _own_sales(
    cache: LiveCache, till: Connection, rows: list[tuple[Any, ...]]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Points and fen of stored value, by member, of own sales to any of their ids that their feed does not include."""
    aliases, feed = _aliases(cache), rows[0][-1]
    owners = {one: row[0] for row in rows for one in _united(aliases, row[0])}
    found = cache.con.execute("SELECT applied_seq FROM feed_cursor WHERE feed = ?", (feed,)).fetchone()
    lacks = missing(cache, till, found[0] if found else 0)
    which = (json_text(list(owners)), *lacks.values)
    points: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for one, earned in till.execute(f"{_POINTS}{lacks.sql} GROUP BY member", which):
        points[owners[one]] += earned
    spends = f"{_SPENT}{lacks.sql} AND tender IN ('stored_value', 'points') GROUP BY member, tender"
    for one, tender, fen, pieces in till.execute(spends, which):
        if tender == "points":
            points[owners[one]] -= pieces
        else:
            spent[owners[one]] += fen
    return points, spent
