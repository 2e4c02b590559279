"""Which row of what the chain owns is in which feed (docs/architecture.md, feeds).

A store has its own members with their coupons, its guests, all those without a home store, and public codes. A zone has
the stock of its own stores. A new store or zone gets what it should have had from the first day.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from posclient.domain.people import NOBODY
from sync.hq.bulk import Among, parts
from sync.hq.chain_tables import CouponRow, GuestRow, MemberRow, StockRow, StoreRow
from sync.hq.feeds import GLOBAL, Change, make_feed, store_feed, zone_feed
from sync.hq.tables import FeedRow

#: The zone of a chain that has none.
DEFAULT_ZONE = "z1"


def stores(session: Session) -> dict[str, StoreRow]:
    """All shops and warehouses by id."""
    return {store.id: store for store in session.exec(_STORES)}


def zones(session: Session) -> list[str]:
    """All zones, sorted; a chain without stores has the default one."""
    found = set(session.exec(select(StoreRow.zone))) or {DEFAULT_ZONE}
    return sorted(found)


_STORES = select(StoreRow)
_GUESTS = Among(select(GuestRow.member, GuestRow.store).order_by(col(GuestRow.store)), GuestRow.member)
_STOCK = Among(select(StockRow), StockRow.sku)

#: Stores where somebody is a guest, by member id.
Guests = Mapping[str, Sequence[str]]
_NONE: Guests = {}


def member_feeds(home_store: str | None, every_store: Iterable[str], guest_at: Sequence[str] = ()) -> list[str]:
    """The feeds that hold a member of ``home_store`` (None: every store's) who is a guest at ``guest_at``."""
    places = dict.fromkeys([home_store, *guest_at]) if home_store else every_store
    return [store_feed(store) for store in places if store]


def guests(session: Session, members: Iterable[str]) -> Guests:
    """Where these members are guests."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for member, store in _GUESTS.rows(session, sorted(set(members))):
        found[member].append(store)
    return found


def member_row(member: MemberRow) -> dict[str, Any]:
    """The values of a member's feed row."""
    return {
        **json.loads(member.data), "id": member.id, "code": member.code, "points": member.points,
        "home_store": member.home_store,
    }  # fmt: skip


def coupon_row(coupon: CouponRow) -> dict[str, Any]:
    """The values of a coupon's feed row."""
    return {
        **json.loads(coupon.data), "id": coupon.id, "member": coupon.member, "single_use": coupon.single_use,
        "state": coupon.state,
    }  # fmt: skip


def member_changes(members: Iterable[MemberRow], every_store: Iterable[str], away: Guests = _NONE) -> Iterator[Change]:
    """Each member's row in the feeds where it belongs. ``away``: where they are guests."""
    homes = list(every_store)
    for member in members:
        data = member_row(member)
        for feed in member_feeds(member.home_store, homes, away.get(member.id, ())):
            yield Change(feed, "member", member.id, data)


def coupon_changes(
    coupons: Iterable[CouponRow], homes: Mapping[str, str | None], every_store: Iterable[str], away: Guests = _NONE
) -> Iterator[Change]:
    """Each coupon's row in its member's feeds, a public code's in every store's.

    ``homes``: home store by member id; ``away``: where they are guests.
    """
    everywhere = list(every_store)
    for coupon in coupons:
        data = coupon_row(coupon)
        for feed in member_feeds(homes.get(coupon.member), everywhere, away.get(coupon.member, ())):
            yield Change(feed, "coupon", coupon.id, data)


def stock_changes(session: Session, skus: Iterable[str], all_stores: Mapping[str, StoreRow]) -> Iterator[Change]:
    """The stock rows of ``skus`` in the zones that track them, as the stock table has them now."""
    for some in parts(sorted(set(skus))):
        pieces: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        for row in _STOCK.firsts(session, some):
            if row.store in all_stores:
                pieces[all_stores[row.store].zone, row.sku][row.store] = row.qty
        for (zone, sku), qty in pieces.items():
            yield Change(zone_feed(zone), "stock", sku, {"sku": sku, "qty": qty})


def store_change(store: StoreRow) -> Change:
    """The store's own row, for everybody."""
    return Change(
        GLOBAL, "store", store.id,
        {
            "id": store.id, "name": store.name, "address": store.address, "phone": store.phone, "zone": store.zone,
            "kind": store.kind,
        },
    )  # fmt: skip


def new_store(session: Session, store: StoreRow, priced: str | None = None) -> list[Change]:
    """Add a store; what its feeds hold from the first day is to be published by the caller. ``priced``: the zone whose
    prices a new one takes over, where this transaction has made others that are not published yet.
    """
    known = zones(session)
    session.add(store)
    session.flush()
    make_feed(session, store_feed(store.id))
    make_feed(session, zone_feed(store.zone))
    changes = [store_change(store), *_homeless(session, store)]
    if store.zone not in known:
        changes += _prices_of(session, priced or known[0], store.zone)
    return changes


def moved_store(session: Session, store: StoreRow, old: str, known: Sequence[str]) -> list[Change]:
    """A store has changed from zone ``old`` to one that may be new: not of those ``known`` while it was still there."""
    make_feed(session, zone_feed(store.zone))
    return [store_change(store), *(_prices_of(session, old, store.zone) if store.zone not in known else [])]


def _homeless(session: Session, store: StoreRow) -> list[Change]:
    members = session.exec(select(MemberRow).where(col(MemberRow.home_store).is_(None))).all()
    coupons = session.exec(
        select(CouponRow)
        .join(MemberRow, col(MemberRow.id) == col(CouponRow.member))
        .where(col(MemberRow.home_store).is_(None))
    ).all()
    public = session.exec(select(CouponRow).where(CouponRow.member == NOBODY)).all()
    return [*member_changes(members, [store.id]), *coupon_changes([*coupons, *public], {}, [store.id])]


def _prices_of(session: Session, zone: str, new_zone: str) -> list[Change]:
    """A new zone starts with the prices of the chain's first one."""
    rows = session.exec(
        select(FeedRow.key, FeedRow.data).where(FeedRow.feed == zone_feed(zone), FeedRow.table_name == "price")
    )
    return [Change(zone_feed(new_zone), "price", key, json.loads(data)) for key, data in rows if data is not None]
