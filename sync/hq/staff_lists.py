"""HQ signs who works in a store, so that a till need not believe its own disk (docs/protocol.md, staff; S-23).

The list is a row of the store's feed, signed with each change of its staff. Level-triggered beside that: at the
contact of a till one that is missing (an HQ of before), behind its rows, or of before HQ was restored is signed anew;
so a chain of any size gets its first ones a store at a time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from posclient.domain.ids import Clock
from posclient.domain.staff_list import SETTING, STAFF, StaffList, digest, document, read
from sync.hq.bulk import Among
from sync.hq.clock import milliseconds
from sync.hq.contacts import DAY_MS
from sync.hq.database import Database
from sync.hq.feeds import Change, heads_of, lock_feed, publish, store_feed
from sync.hq.identity import Keys
from sync.hq.tables import Feed, FeedRow, Terminal
from sync.signing import public_key, sign

_TABLE = "staff"
#: The latest change, tombstones too: somebody who left is one.
_NEWEST = select(func.max(col(FeedRow.version))).where(FeedRow.feed == Feed.name, FeedRow.table_name == _TABLE)
_STATE = select(Feed.epoch, _NEWEST.correlate(Feed).scalar_subquery()).where(Feed.name == bindparam("feed"))
_LIVE = col(FeedRow.data).is_not(None)
_ROWS = Among(select(FeedRow.feed, FeedRow.key, FeedRow.data).where(FeedRow.table_name == _TABLE, _LIVE), FeedRow.feed)
_IS_LIST = FeedRow.table_name == "setting", col(FeedRow.key).endswith(f"/{SETTING}", autoescape=True), _LIVE
_LISTS = Among(select(FeedRow.feed, FeedRow.key, FeedRow.version, FeedRow.data).where(*_IS_LIST), FeedRow.feed)
#: Of each person their row's values.
_People = dict[str, Mapping[str, Any]]


def is_due(session: Session, keys: Keys, store: str) -> bool:
    """Is the list of this store not what it should be? One that has nobody and never had needs none."""
    epoch, newest = session.execute(_STATE, {"feed": store_feed(store)}).one()
    if newest is None:
        return False
    version, now = _lists(session, keys, [store]).get(store, (0, None))
    return now is None or version < newest or now.epoch != epoch


def contact(database: Database, clock: Clock, keys: Keys, terminal: str) -> None:
    """A till asks for its feeds: sign its store's list anew, if it is due."""
    with database.write(shared=True) as session:
        store = session.get_one(Terminal, terminal).store
        lock_feed(session, store_feed(store))
        if is_due(session, keys, store):
            publish(session, _signed(session, keys, milliseconds(clock), [store], (), again=True))


def with_changes(session: Session, keys: Keys, now_ms: int, changes: Collection[Change]) -> list[Change]:
    """The lists of the stores whose staff ``changes``, which are still to be published. Nobody else may change them
    meanwhile: their feeds are ours until the end of the transaction.
    """
    feeds = sorted({one.feed for one in changes if one.table == _TABLE})
    for feed in feeds:
        lock_feed(session, feed)
    stores = [feed.partition(":")[2] for feed in feeds]
    return _signed(session, keys, now_ms, stores, changes, again=False)


def _signed(
    session: Session, keys: Keys, now_ms: int, stores: Collection[str], changes: Iterable[Change], *, again: bool
) -> list[Change]:
    """``again``: also where nobody is another.

    A restored HQ does not know what tills have seen last, and its clock may be hours behind the one of before (another
    machine, another zone): they would believe nobody until the next change. So it counts on from a day ahead.
    """
    lists, epochs = _lists(session, keys, stores), _epochs(session, stores)
    made: list[Change] = []
    for store, people in _people(session, stores, changes).items():
        before, digests = lists.get(store, (0, None))[1], _digests(people)
        if before is not None and before.digests == digests and not again:
            continue
        serial = max(now_ms, before.serial + 1 if before else 0)
        if before is not None and before.epoch != epochs[store]:
            serial += DAY_MS
        text = document(store, serial, epochs[store], digests)
        value = {"document": text, "signature": sign(keys.sign_seed, STAFF, text)}
        made.append(Change(store_feed(store), "setting", f"{store}/{SETTING}", {"name": SETTING, "value": value}))
    return made


def _people(session: Session, stores: Iterable[str], changes: Iterable[Change]) -> Mapping[str, _People]:
    """Who works in each store once ``changes`` are published."""
    found: dict[str, _People] = {store: {} for store in stores}
    for feed, key, data in _ROWS.rows(session, map(store_feed, found)):
        found[feed.partition(":")[2]][key] = json.loads(data)
    for one in changes:
        if one.table != _TABLE:
            continue
        people = found[one.feed.partition(":")[2]]
        people.pop(one.key, None)
        if one.data is not None:
            people[one.key] = one.data
    return found


def _digests(people: _People) -> dict[str, str]:
    """Those who may log in; who has left is on no list, nor a row that no till could read."""
    digests: dict[str, str] = {}
    for key, one in people.items():
        with suppress(LookupError, TypeError):
            if one["active"]:
                digests[key] = digest(key, one["name"], one["badge"], one["roles"], one["pin_hash"])
    return digests


def _lists(session: Session, keys: Keys, stores: Iterable[str]) -> dict[str, tuple[int, StaffList]]:
    """What was signed last, with its version; a setting of that name that somebody imported is nothing."""
    ours, found = public_key(keys.sign_seed), {}
    for feed, key, version, data in _LISTS.rows(session, map(store_feed, stores)):
        store = feed.partition(":")[2]
        listed = read(json.loads(data)["value"], ours, store) if key == f"{store}/{SETTING}" else None
        if listed is not None:
            found[store] = version, listed
    return found


def _epochs(session: Session, stores: Iterable[str]) -> defaultdict[str, str]:
    """Of the stores' feeds; empty for one that begins in this transaction, which the next contact mends."""
    epochs: defaultdict[str, str] = defaultdict(str)
    heads = heads_of(session, [store_feed(store) for store in stores])
    epochs.update({name.partition(":")[2]: head.epoch for name, head in heads.items()})
    return epochs
