"""The one way in which reference data reaches tills (protocol.md, pull).

``publish`` is the last thing that a transaction does. It locks each feed's head row, adds n to it and stamps its n
rows, so that rows become visible in the order of their versions whatever else runs beside it.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Session, col

from posclient.domain.feeds import CHECKSUM_MODULUS, row_checksum, signed, unsigned
from sync.hq.bulk import Among, insert_rows
from sync.hq.tables import IS_TOMBSTONE, METADATA, Feed, FeedRow
from sync.protocol import Page, Row

GLOBAL = "global"

#: (table, key) of a row within its feed.
Place = tuple[str, str]


def zone_feed(zone: str) -> str:
    """The feed of a zone's prices and stock."""
    return f"zone:{zone}"


def is_shared(feed: str) -> bool:
    """Is it for the tills of many stores, with nothing of people in it?"""
    return feed == GLOBAL or feed.startswith(zone_feed(""))


def store_feed(store: str) -> str:
    """The feed of a store's members, coupons, staff and tasks."""
    return f"store:{store}"


def terminal_feed(terminal: str) -> str:
    """The feed of HQ's answers to one terminal."""
    return f"terminal:{terminal}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a feed's row is to be: ``data`` are its values, None takes the row away.

    ``over``: nobody needs the row any more (``hq.over``), so it changes where it is, and is not brought back.
    """

    feed: str
    table: str
    key: str
    data: Mapping[str, Any] | None
    over: bool = False


#: Made once: ``json.dumps`` makes a new encoder for each call that has wishes.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def canonical(data: Any) -> str:
    """One text for one value, so that "unchanged" can be seen."""
    return _ENCODER.encode(data)


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
    over: defaultdict[str, set[Place]] = defaultdict(set)
    for change in changes:
        place = change.table, change.key
        if not change.over:
            over[change.feed].discard(place)
        elif place not in wanted[change.feed]:
            over[change.feed].add(place)
        wanted[change.feed][place] = None if change.data is None else canonical(change.data)
    session.flush()
    return {feed: _publish_feed(session, feed, wanted[feed], over[feed]) for feed in sorted(wanted)}


#: Asked at every push, so they are made once, and of the plain tables: nothing else of the transaction comes after
#: them that would look at a head or a row as an object.
_FEEDS, _FEED_ROWS = METADATA.tables["feed"], METADATA.tables["feed_row"]
_LOCKED = select(_FEEDS.c.head, _FEEDS.c["count"], _FEEDS.c.checksum).where(_FEEDS.c.name == bindparam("feed"))
_LOCKED = _LOCKED.with_for_update()
_MOVED = update(_FEEDS).where(_FEEDS.c.name == bindparam("feed"))
_HERE = _FEED_ROWS.c.feed == bindparam("feed"), _FEED_ROWS.c.table_name == bindparam("table")
_PRESENT = Among(select(_FEED_ROWS.c.key, _FEED_ROWS.c.version, _FEED_ROWS.c.data).where(*_HERE), _FEED_ROWS.c.key)
_OLD = Among(delete(_FEED_ROWS).where(*_HERE), _FEED_ROWS.c.key)
_GONE = _FEED_ROWS.c.feed == bindparam("feed"), IS_TOMBSTONE, _FEED_ROWS.c.version <= bindparam("upto")
_OLDEST_GONE = select(_FEED_ROWS.c.version).where(*_GONE).order_by(_FEED_ROWS.c.version).limit(bindparam("most"))
_DROPPED = delete(_FEED_ROWS).where(*_GONE)


def _publish_feed(session: Session, name: str, wanted: Mapping[Place, str | None], over: Collection[Place] = ()) -> int:
    head, count, checksum = lock_feed(session, name)
    old = _present(session, name, wanted)
    changed = {
        place: data
        for place, data in wanted.items()
        if (there := old.get(place, _NEVER)[1]) != data and (there is not None or place not in over)
    }
    places = {place: version for version, place in enumerate(changed, head + 1)}
    _replace(session, name, places, changed, [place for place in changed if place in old])
    gone = [(place, old[place][0]) for place in changed if place in old and old[place][1] is not None]
    come = [(place, version) for place, version in places.items() if changed[place] is not None]
    moved = {
        "head": head + len(places), "count": count + len(come) - len(gone),
        "checksum": signed((unsigned(checksum) + _sum(come) - _sum(gone)) % CHECKSUM_MODULUS),
    }  # fmt: skip
    session.execute(_MOVED, {"feed": name, **moved})
    return len(places)


def take_away(session: Session, name: str, seen: Mapping[Place, int]) -> int:
    """Take rows out that are still in the version in which somebody has ``seen`` them; how many. As ``publish``."""
    lock_feed(session, name)
    now = _present(session, name, seen)
    same = [place for place, version in seen.items() if now.get(place, _NEVER)[0] == version]
    return _publish_feed(session, name, dict.fromkeys(same))


def drop_tombstones(session: Session, name: str, upto: int, most: int) -> int:
    """Drop the oldest ``most`` tombstones up to version ``upto`` and raise the feed's ``pruned`` to the last; how many.

    As ``publish`` the end of its transaction, under the same lock: a reader sees the rows or where they were.
    """
    lock_feed(session, name)
    versions = session.execute(_OLDEST_GONE, {"feed": name, "upto": upto, "most": most}).scalars().all()
    if versions:
        session.execute(_DROPPED, {"feed": name, "upto": versions[-1]})
        session.execute(_MOVED, {"feed": name, "pruned": versions[-1]})
    return len(versions)


def lock_feed(session: Session, name: str) -> tuple[int, int, int]:
    """Head, count and checksum of a feed, which stays ours until the end of the transaction; made where it is new."""
    found = session.execute(_LOCKED, {"feed": name}).first()
    if found is None:
        make_feed(session, name)
        found = session.execute(_LOCKED, {"feed": name}).one()
    return found[0], found[1], found[2]


#: (version, data) of a key that was never published: no change if it is to be taken away.
_NEVER: tuple[int, str | None] = (0, None)


def _present(session: Session, feed: str, places: Iterable[Place]) -> dict[Place, tuple[int, str | None]]:
    """Version and data of the rows that are there now, tombstones too."""
    found: dict[Place, tuple[int, str | None]] = {}
    for table, keys in _by_table(places).items():
        rows = _PRESENT.rows(session, keys, feed=feed, table=table)
        found.update({(table, key): (version, data) for key, version, data in rows})
    return found


def _replace(
    session: Session, feed: str, versions: Mapping[Place, int], rows: Mapping[Place, str | None], old: Iterable[Place]
) -> None:
    """Old rows out, new ones in: two statements that every database knows."""
    for table, keys in _by_table(old).items():
        _OLD.run(session, keys, feed=feed, table=table)
    stamped = [
        {"feed": feed, "table_name": place[0], "key": place[1], "version": version, "data": rows[place]}
        for place, version in versions.items()
    ]
    insert_rows(session, FeedRow, stamped)


def _by_table(places: Iterable[Place]) -> Mapping[str, Sequence[str]]:
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for table, key in places:
        keys[table].append(key)
    return keys


def _sum(rows: Iterable[tuple[Place, int]]) -> int:
    return sum(row_checksum(table, key, version) for (table, key), version in rows)


@dataclass(frozen=True, slots=True)
class Head:
    """A head row as it was read, with its checksum as tills know it: one state of the whole feed."""

    name: str
    epoch: str
    head: int
    count: int
    checksum: int
    pruned: int


_HEADS = select(
    col(Feed.name), col(Feed.epoch), col(Feed.head), col(Feed.count), col(Feed.checksum), col(Feed.pruned)
).where(col(Feed.name).in_(bindparam("names", expanding=True)))
_ROWS = (
    select(col(FeedRow.table_name), col(FeedRow.key), col(FeedRow.version), col(FeedRow.data))
    .where(col(FeedRow.feed) == bindparam("name"), col(FeedRow.version) > bindparam("after"))
    .order_by(col(FeedRow.version))
    .limit(bindparam("most"))
)


def heads_of(session: Session, names: Collection[str]) -> dict[str, Head]:
    """The heads of these feeds, as far as there are any."""
    found = session.connection().execute(_HEADS, {"names": list(names)}) if names else ()
    return {
        name: Head(name, epoch, head, count, unsigned(checksum), pruned)
        for name, epoch, head, count, checksum, pruned in found
    }


def leads_on(feed: Feed | Head, epoch: str, after: int) -> bool:
    """Do pages lead from version ``after`` to the head, with all that was taken away since?

    ``feed`` and the page's rows are of one state. Elsewhere it takes a snapshot: ``LinkError("snapshot_required")``.
    """
    return epoch == feed.epoch and feed.pruned <= after <= feed.head


def rows_after(session: Session, name: str, after: int, limit: int) -> Sequence[Any]:
    """(table_name, key, version, data) of at most ``limit`` rows after version ``after``, as they lie there."""
    return session.connection().execute(_ROWS, {"name": name, "after": after, "most": limit}).all()


def read_page(session: Session, name: str, after: int, limit: int, applied_seq: int, time: str) -> Page:
    """Rows after version ``after``, at most ``limit``. ``to`` is the head where nothing is left behind it.

    Within one transaction of ``Database.read``. ``applied_seq`` is exact in the page that reaches the head.
    """
    feed = session.get_one(Feed, name)
    found = rows_after(session, name, after, limit)
    rows = [Row(t=t, k=k, v=v, d=None if data is None else json.loads(data)) for t, k, v, data in found]
    return Page(
        **{"from": after}, feed=name, epoch=feed.epoch, to=rows[-1].v if len(rows) == limit else feed.head,
        head=feed.head, count=feed.count, checksum=unsigned(feed.checksum), applied_seq=applied_seq, rows=rows,
        time=time,
    )  # fmt: skip
