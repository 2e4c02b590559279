"""The one way in which reference data reaches tills (protocol.md, pull).

``publish`` is the last thing that a transaction does. It locks each feed's head row, adds n to it and stamps its n
rows, so that rows become visible in the order of their versions whatever else runs beside it.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlmodel import Session, col

from posclient.domain.feeds import CHECKSUM_MODULUS, row_checksum, signed, unsigned
from sync.hq.bulk import insert_rows
from sync.hq.tables import Feed, FeedRow
from sync.protocol import FeedHead, Page, Row

GLOBAL = "global"
#: Values of one IN (...): well under the 32,766 that SQLite takes.
MOST_KEYS = 1000

#: (table, key) of a row within its feed.
Place = tuple[str, str]


def zone_feed(zone: str) -> str:
    """The feed of a zone's prices and stock."""
    return f"zone:{zone}"


def store_feed(store: str) -> str:
    """The feed of a store's members, coupons, staff and tasks."""
    return f"store:{store}"


def terminal_feed(terminal: str) -> str:
    """The feed of HQ's answers to one terminal."""
    return f"terminal:{terminal}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a feed's row is to be: ``data`` are its values, None takes the row away."""

    feed: str
    table: str
    key: str
    data: Mapping[str, Any] | None


#: Made once: ``json.dumps`` makes a new encoder for each call that has wishes.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def canonical(data: Any) -> str:
    """One text for one value, so that "unchanged" can be seen."""
    return _ENCODER.encode(data)


def parts(items: Iterable[Any], size: int = MOST_KEYS) -> Iterator[list[Any]]:
    """``items`` in lists of at most ``size``."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def make_feed(session: Session, name: str) -> None:
    """Have the feed's head row, also while it is still empty; its epoch is new with it."""
    if session.get(Feed, name) is None:
        session.add(Feed(name=name, epoch=secrets.token_hex(8)))
        session.flush()


def publish(session: Session, changes: Iterable[Change]) -> dict[str, int]:
    """Publish what really changes; say how many rows of which feed. Nothing may follow it in its transaction.

    Of several changes of one row the last counts.
    """
    wanted: defaultdict[str, dict[Place, str | None]] = defaultdict(dict)
    for change in changes:
        data = None if change.data is None else canonical(change.data)
        wanted[change.feed][change.table, change.key] = data
    return {feed: _publish_feed(session, feed, wanted[feed]) for feed in sorted(wanted)}


def _publish_feed(session: Session, name: str, wanted: Mapping[Place, str | None]) -> int:
    make_feed(session, name)
    locked = select(Feed).where(col(Feed.name) == name).with_for_update().execution_options(populate_existing=True)
    head = session.scalars(locked).one()
    old = _present(session, name, wanted)
    changed = {place: data for place, data in wanted.items() if old.get(place, _NEVER)[1] != data}
    places = {place: version for version, place in enumerate(changed, head.head + 1)}
    _replace(session, name, places, changed, [place for place in changed if place in old])
    gone = [(place, old[place][0]) for place in changed if place in old and old[place][1] is not None]
    come = [(place, version) for place, version in places.items() if changed[place] is not None]
    head.head += len(places)
    head.count += len(come) - len(gone)
    head.checksum = signed((unsigned(head.checksum) + _sum(come) - _sum(gone)) % CHECKSUM_MODULUS)
    session.flush()
    return len(places)


#: (version, data) of a key that was never published: no change if it is to be taken away.
_NEVER: tuple[int, str | None] = (0, None)


def _present(session: Session, feed: str, places: Iterable[Place]) -> dict[Place, tuple[int, str | None]]:
    """Version and data of the rows that are there now, tombstones too."""
    found: dict[Place, tuple[int, str | None]] = {}
    columns = select(col(FeedRow.table_name), col(FeedRow.key), col(FeedRow.version), col(FeedRow.data))
    for where in _places(feed, places):
        found.update(
            {(table, key): (version, data) for table, key, version, data in session.execute(columns.where(*where))}
        )
    return found


def _replace(
    session: Session, feed: str, versions: Mapping[Place, int], rows: Mapping[Place, str | None], old: Iterable[Place]
) -> None:
    """Old rows out, new ones in: two statements that every database knows."""
    for where in _places(feed, old):
        session.execute(delete(FeedRow).where(*where).execution_options(synchronize_session=False))
    stamped = [
        {"feed": feed, "table_name": place[0], "key": place[1], "version": version, "data": rows[place]}
        for place, version in versions.items()
    ]
    insert_rows(session, FeedRow, stamped)


def _places(feed: str, places: Iterable[Place]) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """Conditions that find ``places``, each naming a bounded number of keys."""
    by_table: defaultdict[str, list[str]] = defaultdict(list)
    for table, key in places:
        by_table[table].append(key)
    for table, keys in by_table.items():
        for some in parts(keys):
            yield col(FeedRow.feed) == feed, col(FeedRow.table_name) == table, col(FeedRow.key).in_(some)


def _sum(rows: Iterable[tuple[Place, int]]) -> int:
    return sum(row_checksum(table, key, version) for (table, key), version in rows)


def wire_head(feed: Feed) -> FeedHead:
    """A head row as tills read it."""
    return FeedHead(
        name=feed.name, epoch=feed.epoch, head=feed.head, count=feed.count, checksum=unsigned(feed.checksum)
    )


def read_page(session: Session, name: str, after: int, limit: int, applied_seq: int, time: str) -> Page:
    """Rows after version ``after``, at most ``limit``. ``to`` is the head where nothing is left behind it.

    Within one transaction of ``Database.read``. ``applied_seq`` is exact in the page that reaches the head.
    """
    feed = session.get_one(Feed, name)
    found = session.execute(
        select(col(FeedRow.table_name), col(FeedRow.key), col(FeedRow.version), col(FeedRow.data))
        .where(col(FeedRow.feed) == name, col(FeedRow.version) > after)
        .order_by(col(FeedRow.version))
        .limit(limit)
    ).all()
    rows = [Row(t=t, k=k, v=v, d=None if data is None else json.loads(data)) for t, k, v, data in found]
    return Page(
        **{"from": after}, feed=name, epoch=feed.epoch, to=rows[-1].v if len(rows) == limit else feed.head,
        head=feed.head, count=feed.count, checksum=unsigned(feed.checksum), applied_seq=applied_seq, rows=rows,
        time=time,
    )  # fmt: skip
