"""stores.csv, staff.csv, allowances.csv: the places and who works there."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlmodel import Session, col, select

from posclient.domain.pins import hash_pin, is_pin
from posclient.errors import InputError
from sync.hq import staff_lists
from sync.hq.bulk import Among
from sync.hq.chain_tables import StockRow, StoreRow
from sync.hq.clock import UtcClock, milliseconds
from sync.hq.database import Database
from sync.hq.feeds import Change, store_feed, zone_feed
from sync.hq.imports import cells, weights
from sync.hq.imports.batch import Batch, ImportFile
from sync.hq.imports.reading import Column, Row
from sync.hq.placing import DEFAULT_ZONE, moved_store, new_store, stock_changes, store_change, stores, zones
from sync.hq.tables import FeedRow

ROLES = ("cashier", "guide", "manager", "admin")
#: Columns of a store that a later import may change.
_STORE = ("name", "address", "phone", "zone", "kind")
#: Columns of staff that a file may leave out.
_MAY_MISS = ("badge", "active")
_LIVE = FeedRow.table_name == "staff", col(FeedRow.data).is_not(None)
_STAFF = Among(select(FeedRow.feed, FeedRow.key).where(*_LIVE), FeedRow.feed)
_STAFF_ROWS = Among(select(FeedRow.feed, FeedRow.key, FeedRow.data).where(*_LIVE), FeedRow.feed)


def load_stores(batch: Batch) -> list[Change]:
    """New stores with what their feeds should hold; changed ones."""
    changes: list[Change] = []
    for row in batch.rows:
        store = batch.stores.get(row["id"])
        if store is None:
            new = StoreRow(id=row["id"], **{name: row[name] for name in _STORE})
            changes += new_store(batch.session, new, batch.zones[0])
        else:
            changes += _changed_store(batch, store, {name: row.over(name, getattr(store, name)) for name in _STORE})
    return changes


def _changed_store(batch: Batch, store: StoreRow, values: dict[str, Any]) -> list[Change]:
    old, known = store.zone, zones(batch.session)
    for name, value in values.items():
        setattr(store, name, value)
    batch.session.flush()
    if store.zone == old:
        return [store_change(store)]
    skus = batch.session.exec(select(StockRow.sku).where(StockRow.store == store.id)).all()
    stock = list(stock_changes(batch.session, skus, stores(batch.session)))
    tracked = {one.key for one in stock if one.feed == zone_feed(old)}
    gone = [Change(zone_feed(old), "stock", sku, None) for sku in skus if sku not in tracked]
    return [*moved_store(batch.session, store, old, known), *stock, *gone]


def hashed_pins(database: Database, rows: Sequence[Row]) -> dict[tuple[str, ...], str]:
    """The hash of each row's PIN, by id and PIN; the one that is there if it fits, so that a second import changes
    nothing. Some 50 ms each, so nobody's transaction is to wait for them.
    """
    with database.read() as session:
        known = _known_staff(session, {row["id"] for row in rows})
    made: dict[tuple[str, ...], str] = {}
    for row in rows:
        staff, pin = row["id"], row["pin"]
        hashes = (one["pin_hash"] for one in known[staff].values())
        fits = next((one for one in hashes if is_pin(pin, one)), None)
        if hashed := fits or _hashed(pin):
            made[staff, pin] = hashed
    return made


def load_staff(batch: Batch) -> list[Change]:
    """Each in their store's feed; who changed stores leaves the old one's, and takes the allowances along. What HQ
    signs of them goes with them. What the file has no column for stays: who has left must not be at work again.
    """
    changes: list[Change] = []
    homes, known = staff_homes(batch), _known(batch)
    for row in batch.rows:
        if not batch.has_store(row, "store"):
            continue
        hashed = batch.made.get((row["id"], row["pin"])) or _hashed(row["pin"])
        if hashed is None:
            batch.fault(row, "pin", "pin_form")
            continue
        old = _old(known[row["id"]], row["store"])
        data = {name: row[name] for name in ("id", "name", "roles")} | {"pin_hash": hashed}
        data |= {name: row.over(name, old.get(name, row[name])) for name in _MAY_MISS}
        left = [store for store in homes[row["id"]] if store != row["store"]]
        changes += [Change(store_feed(store), "staff", row["id"], None) for store in left]
        changes.append(Change(store_feed(row["store"]), "staff", row["id"], data))
        for store in left:
            changes += _taken_along(batch, row["id"], store, row["store"])
    return [*changes, *staff_lists.with_changes(batch.session, batch.keys, milliseconds(UtcClock()), changes)]


def _taken_along(batch: Batch, guide: str, old: str, new: str) -> list[Change]:
    """What HQ allowed a guide who worked in the store ``old``: a till looks for it in its own store's feed alone."""
    here = FeedRow.feed == store_feed(old), FeedRow.table_name == "allowance", col(FeedRow.data).is_not(None)
    rows = batch.session.exec(
        select(FeedRow.key, FeedRow.data).where(*here, col(FeedRow.key).startswith(f"{guide}/", autoescape=True))
    )
    known = {key: data for key, text in rows if (data := json.loads(text or "{}"))["guide"] == guide}
    gone = [Change(store_feed(old), "allowance", key, None) for key in known]
    return [*gone, *(Change(store_feed(new), "allowance", key, data) for key, data in known.items())]


def staff_homes(batch: Batch) -> defaultdict[str, list[str]]:
    """In which stores' feeds everybody is: the staff of a chain by one statement, and not by one for each store."""
    homes: defaultdict[str, list[str]] = defaultdict(list)
    feeds = {store_feed(store): store for store in batch.stores}
    for feed, key in _STAFF.rows(batch.session, feeds):
        homes[key].append(feeds[feed])
    return homes


def _old(known: dict[str, dict[str, Any]], store: str) -> dict[str, Any]:
    """What was said of somebody in the store where they are now, or else in the one that they leave."""
    return known.get(store) or next(iter(known.values()), {})


def _known(batch: Batch) -> defaultdict[str, dict[str, Any]]:
    """What HQ has of the rows' staff, by store; nothing where the file says all of it. All rows are of one file."""
    if not batch.rows or batch.rows[0].present.issuperset(_MAY_MISS):
        return defaultdict(dict)
    return _known_staff(batch.session, {row["id"] for row in batch.rows})


def _known_staff(session: Session, wanted: Collection[str]) -> defaultdict[str, dict[str, Any]]:
    known: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    feeds = {store_feed(store): store for store in stores(session)}
    for feed, key, data in _STAFF_ROWS.rows(session, feeds):
        if key in wanted:
            known[key][feeds[feed]] = json.loads(data)
    return known


def _hashed(pin: str) -> str | None:
    """None for what is no PIN."""
    try:
        return hash_pin(pin, secrets.token_bytes(16))
    except InputError:
        return None


def load_allowances(batch: Batch) -> list[Change]:
    """A guide's discount on valet orders in a month, in the feed of the store where they work."""
    changes = []
    homes = staff_homes(batch)
    for row in batch.rows:
        known = homes.get(row["guide"])
        if not known:
            batch.fault(row, "guide", "unknown_staff")
            continue
        data = {name: row[name] for name in ("guide", "month", "amount")}
        changes += [Change(store_feed(store), "allowance", f"{row['guide']}/{row['month']}", data) for store in known]
    return batch.unless_taken_out(changes)


STORES = ImportFile(
    "stores.csv",
    (
        Column("id", cells.store_id, needed=True),
        Column("name", cells.text, needed=True),
        Column("address", cells.text, default=""),
        Column("phone", cells.text, default=""),
        Column("zone", cells.store_id, default=DEFAULT_ZONE),
        Column("kind", cells.choice("store", "warehouse"), default="store"),
    ),
    load_stores,
    weigh=weights.of_stores,
)
STAFF = ImportFile(
    "staff.csv",
    (
        Column("id", cells.identifier, needed=True),
        Column("store", cells.store_id, needed=True),
        Column("name", cells.text, needed=True),
        Column("badge", cells.scanned, default=""),
        Column("roles", cells.several(*ROLES), needed=True),
        Column("pin", cells.text, needed=True),
        Column("active", cells.flag, default=True),
    ),
    load_staff,
    ahead=hashed_pins,
)
ALLOWANCES = ImportFile(
    "allowances.csv",
    (
        Column("guide", cells.identifier, needed=True),
        Column("month", cells.month, needed=True),
        Column("amount", cells.money, needed=True),
    ),
    load_allowances,
    key=("guide", "month"),
)
