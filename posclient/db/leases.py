"""What HQ leased to this store and this till, and what of it this till has used that HQ does not know yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from posclient.db import journal
from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.db.own_effects import missing
from posclient.db.row_values import json_text
from posclient.db.terminal import Terminal
from posclient.domain.leases import POINTS, VALUE, Lease, ValueLease, return_id
from posclient.domain.signatures import LEASE, VALUE_LEASE, is_hqs


def of_coupons(
    cache: LiveCache, till: Connection, me: Terminal, coupons: Sequence[str], ahead: timedelta
) -> dict[str, Lease]:
    """Leases of ``coupons`` that HQ signed. ``ahead``: HQ's clock minus ours; their ends are given by ours.

    What stands in the cache without HQ's signature under the pinned key gives no right (S-24).
    """
    found = cache.con.execute(
        "SELECT key, store, not_after, signature FROM coupon_lease WHERE key IN (SELECT value FROM json_each(?))",
        (json_text(list(coupons)),),
    ).fetchall()
    return {
        coupon: Lease(store, datetime.fromisoformat(not_after) - ahead, is_given_up(till, me, coupon, not_after))
        for coupon, store, not_after, signature in found
        if is_hqs(me.hq_key, signature, LEASE, coupon, store, not_after)
    }


def recalled(cache: LiveCache, till: Connection, me: Terminal) -> list[tuple[str, str]]:
    """(coupon, not_after) of the leases that HQ calls back and that this till has not given up yet."""
    found = cache.con.execute("SELECT key, not_after FROM coupon_lease WHERE recalled = 1 ORDER BY key").fetchall()
    return [(coupon, not_after) for coupon, not_after in found if not is_given_up(till, me, coupon, not_after)]


def is_given_up(till: Connection, me: Terminal, coupon: str, not_after: str) -> bool:
    """Has this till told HQ that it relies on this lease no more? Its own fact is the mark."""
    return journal.has(till, return_id(me.terminal, me.incarnation, coupon, not_after))


def of_member(
    cache: LiveCache, me: Terminal, members: Sequence[str], unit: str, ahead: timedelta
) -> tuple[ValueLease, ...]:
    """Stored value or points of a member (all ids of them) that HQ leased to this till; otherwise as above."""
    found = cache.con.execute(
        "SELECT key, member, amount, not_after, signature FROM value_lease"
        " WHERE member IN (SELECT value FROM json_each(?)) AND unit = ?",
        (json_text(list(members)), unit),
    ).fetchall()
    return tuple(
        ValueLease(key, member, amount, datetime.fromisoformat(not_after) - ahead)
        for key, member, amount, not_after, signature in found
        if is_hqs(me.hq_key, signature, VALUE_LEASE, me.terminal, key, member, unit, amount, not_after)
    )


#: How much of a unit a payment took, and by which tender.
_SPENT = {VALUE: ("sum(amount)", "stored_value"), POINTS: ("sum(CAST(reference AS INTEGER))", "points")}


def unsent_spends(cache: LiveCache, till: Connection, members: Sequence[str], unit: str, feed_kind: str) -> int:
    """Fen or points in own sales that the feed of that kind (store, terminal) does not include yet."""
    taken, tender = _SPENT[unit]
    seen = cache.con.execute(
        "SELECT min(applied_seq) FROM feed_cursor WHERE feed LIKE ?", (f"{feed_kind}:%",)
    ).fetchone()[0]
    lacks = missing(cache, till, seen or 0)
    (spent,) = till.execute(
        f"SELECT coalesce({taken}, 0) FROM sale JOIN payment ON payment.sale = sale.number"  # noqa: S608 - our words
        f" WHERE member IN (SELECT value FROM json_each(?)) AND {lacks.sql} AND tender = ?",
        (json_text(list(members)), *lacks.values, tender),
    ).fetchone()
    return int(spent)
