"""stores.csv, staff.csv, allowances.csv: the places and who works there."""

from __future__ import annotations

import json
import secrets
from typing import Any

from sqlmodel import select

from posclient.domain.pins import hash_pin, is_pin
from posclient.errors import InputError
from sync.hq.chain_tables import StockRow, StoreRow
from sync.hq.feeds import Change, store_feed, zone_feed
from sync.hq.imports import cells
from sync.hq.imports.batch import Batch, ImportFile
from sync.hq.imports.reading import Column, Row
from sync.hq.placing import DEFAULT_ZONE, moved_store, new_store, stock_changes, store_change, stores, zones

ROLES = ("cashier", "guide", "manager", "admin")
#: Columns of a store that a later import may change.
_STORE = ("name", "address", "phone", "zone", "kind")


def load_stores(batch: Batch) -> list[Change]:
    """New stores with what their feeds should hold; changed ones."""
    changes: list[Change] = []
    for row in batch.rows:
        store = batch.stores.get(row["id"])
        if store is None:
            changes += new_store(batch.session, StoreRow(id=row["id"], **{name: row[name] for name in _STORE}))
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


def load_staff(batch: Batch) -> list[Change]:
    """Each in their store's feed; who changed stores leaves the old one's."""
    changes: list[Change] = []
    homes = staff_homes(batch, [row["id"] for row in batch.rows])
    for row in batch.rows:
        if not batch.has_store(row, "store"):
            continue
        known = homes.get(row["id"], {})
        hashed = _pin_hash(row, known)
        if hashed is None:
            batch.fault(row, "pin", "pin_form")
            continue
        data = {name: row[name] for name in ("id", "name", "badge", "roles", "active")} | {"pin_hash": hashed}
        changes += [Change(store_feed(store), "staff", row["id"], None) for store in known if store != row["store"]]
        changes.append(Change(store_feed(row["store"]), "staff", row["id"], data))
    return changes


def staff_homes(batch: Batch, staff: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Published rows of staff: id -> store -> row."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for store in batch.stores:
        for key, data in batch.published(store_feed(store), "staff", staff).items():
            found.setdefault(key, {})[store] = json.loads(data)
    return found


def _pin_hash(row: Row, known: dict[str, dict[str, Any]]) -> str | None:
    """The hash of the row's PIN; the one that is there if it fits, so that a second import changes nothing."""
    for data in known.values():
        if is_pin(row["pin"], data["pin_hash"]):
            return str(data["pin_hash"])
    try:
        return hash_pin(row["pin"], secrets.token_bytes(16))
    except InputError:
        return None


def load_allowances(batch: Batch) -> list[Change]:
    """A guide's discount on valet orders in a month, in the feed of the store where they work."""
    changes = []
    homes = staff_homes(batch, [row["guide"] for row in batch.rows])
    for row in batch.rows:
        known = homes.get(row["guide"])
        if not known:
            batch.fault(row, "guide", "unknown_staff")
            continue
        data = {name: row[name] for name in ("guide", "month", "amount")}
        changes += [Change(store_feed(store), "allowance", f"{row['guide']}/{row['month']}", data) for store in known]
    return changes


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
)
STAFF = ImportFile(
    "staff.csv",
    (
        Column("id", cells.identifier, needed=True),
        Column("store", cells.store_id, needed=True),
        Column("name", cells.text, needed=True),
        Column("badge", cells.text, default=""),
        Column("roles", cells.several(*ROLES), needed=True),
        Column("pin", cells.text, needed=True),
        Column("active", cells.flag, default=True),
    ),
    load_staff,
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
