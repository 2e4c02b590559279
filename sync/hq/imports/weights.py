"""Into how many rows of feeds a row of a file may turn, so that no transaction becomes too large (docs/hq.md).

A member without a home store is in every store's feed, a new store has all of those in its own: two thousand such rows
at 4,000 stores are millions, for which all tills would wait for minutes, and which would not fit into memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from sqlalchemy import Executable, func
from sqlmodel import Session, col, select

from posclient.domain.people import NOBODY
from sync.hq.bulk import Among
from sync.hq.chain_tables import CouponRow, MemberRow, StockRow, StoreRow
from sync.hq.feeds import zone_feed
from sync.hq.imports.reading import Row
from sync.hq.placing import zones
from sync.hq.tables import Feed

#: Rows of feeds of one transaction: two seconds, and a till waits for four.
MOST = 50_000

#: How much each of some rows weighs; they are not in HQ yet.
Weigh = Callable[[Session, Sequence[Row]], Iterable[int]]

_HOMELESS = col(MemberRow.home_store).is_(None)
_BY_ID = Among(select(MemberRow.id, MemberRow.home_store), MemberRow.id)
_BY_CODE = Among(select(MemberRow.code, MemberRow.id, MemberRow.home_store), MemberRow.code)
_HELD = Among(select(CouponRow.member, func.count()).group_by(col(CouponRow.member)), CouponRow.member)
_OWNED = select(CouponRow.id, CouponRow.member, MemberRow.home_store)
_OWNERS = Among(_OWNED.join(MemberRow, col(MemberRow.id) == col(CouponRow.member)), CouponRow.id)
_STOCKED = Among(select(StockRow.store, func.count()).group_by(col(StockRow.store)), StockRow.store)


def bites(rows: Sequence[Row], weights: Iterable[int]) -> Iterator[list[Row]]:
    """The rows in their order, as many at once as weigh ``MOST``, but one at least."""
    some: list[Row] = []
    heavy = 0
    for row, weight in zip(rows, weights, strict=True):
        if some and heavy + weight > MOST:
            yield some
            some, heavy = [], 0
        some.append(row)
        heavy += weight
    if some:
        yield some


def of_products(session: Session, rows: Sequence[Row]) -> list[int]:
    """A product has a price in each zone."""
    return [1 + len(zones(session))] * len(rows)


def of_members(session: Session, rows: Sequence[Row]) -> Iterator[int]:
    """In every store's feed are those who have no home store, or had none; who moves takes their coupons along. And
    whose code goes over to somebody else is another row too.
    """
    every = _count(session, select(func.count()).select_from(StoreRow))
    lost: defaultdict[str, int] = defaultdict(int)
    ids = {row["code"]: row["id"] for row in rows if row["id"]}
    for code, other, home in _BY_CODE.rows(session, ids):
        if other != ids[code]:
            lost[code] += every if home is None else 1
    known = {code: found for code, *found in _BY_CODE.rows(session, {row["code"] for row in rows if not row["id"]})}
    known |= {found[0]: found for found in _BY_ID.rows(session, {row["id"] or row["code"] for row in rows})}
    held = dict(_HELD.rows(session, {member for member, _ in known.values()}))
    for row in rows:
        member, before = known.get(row["id"] or row["code"], ("", row["home_store"]))
        after = row.over("home_store", before)
        places = every if before is None or after is None else 1
        yield lost[row["code"]] + (places if after == before else (places + 1) * (1 + held.get(member, 0)))


def of_coupons(session: Session, rows: Sequence[Row]) -> Iterator[int]:
    """A coupon is where its member is, and goes from where the one is who had it."""
    every = _count(session, select(func.count()).select_from(StoreRow))
    members: dict[str, list[str | None]] = {NOBODY: [NOBODY, None]}  # a public code is in every store's feed
    members |= {code: found for code, *found in _BY_CODE.rows(session, {row["member"] for row in rows} - {NOBODY})}
    owners = {coupon: found for coupon, *found in _OWNERS.rows(session, {row["id"] for row in rows})}
    for row in rows:
        member, home = members.get(row["member"], ("", ""))
        owner, left = owners.get(row["id"], (member, home))
        if "member" not in row.present:
            member, home = owner, left
        yield sum(every if one is None else 1 for one in ([home] if owner == member else [home, left]))


def of_stores(session: Session, rows: Sequence[Row]) -> Iterator[int]:
    """What a new store, and a new zone, have from the first day; who moves takes their stock from zone to zone."""
    known = dict(session.exec(select(StoreRow.id, StoreRow.zone)).all())
    there: Collection[str] = zones(session)
    members = _count(session, select(func.count()).select_from(MemberRow).where(_HOMELESS))
    coupons = select(func.count()).select_from(CouponRow).join(MemberRow, col(MemberRow.id) == col(CouponRow.member))
    everybody = members + _count(session, coupons.where(_HOMELESS))
    everybody += _count(session, select(func.count()).select_from(CouponRow).where(col(CouponRow.member) == NOBODY))
    prices = _count(session, select(func.max(Feed.count)).where(col(Feed.name).in_(map(zone_feed, there))))
    moving = [row["id"] for row in rows if row.over("zone", before := known.get(row["id"])) != before]
    stocked = dict(_STOCKED.rows(session, moving))
    for row in rows:
        coming = 0 if row["id"] in known else everybody
        yield 1 + coming + 2 * stocked.get(row["id"], 0) + (0 if row["zone"] in there else prices)


def _count(session: Session, query: Executable) -> int:
    return int(session.execute(query).scalar() or 0)
