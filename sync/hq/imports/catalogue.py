"""products.csv and stock.csv."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select

from sync.hq.bulk import parts
from sync.hq.chain_tables import StockRow
from sync.hq.feeds import GLOBAL, Change, zone_feed
from sync.hq.imports import cells, weights
from sync.hq.imports.batch import Batch, ImportFile
from sync.hq.imports.initials import initials
from sync.hq.imports.reading import Column, Row
from sync.hq.placing import stock_changes

#: Columns of a product that pricing rules can name, as ``column:value`` (pricing.md, scope).
_TAGGED = ("brand", "department", "category", "style")


def load_products(batch: Batch) -> list[Change]:
    """A product for everybody, its price for each zone."""
    changes = []
    for row in batch.rows:
        changes.append(Change(GLOBAL, "product", row["sku"], _product(row)))
        price = {
            "id": row["sku"], "sku": row["sku"], "price": row["price"], "member_prices": row["member_prices"] or {},
            "from": None, "until": None,
        }  # fmt: skip
        changes += [Change(zone_feed(zone), "price", row["sku"], price) for zone in batch.zones]
    return changes


def _product(row: Row) -> dict[str, Any]:
    style = row["style"] or row["sku"]
    tags = [f"{name}:{row[name]}" for name in _TAGGED if row[name]]
    return {
        "sku": row["sku"], "style": style, "name": row["name"], "brand": row["brand"], "category": row["category"],
        "color": row["color"], "size": row["size"], "initials": row["initials"] or initials(row["name"]),
        "tags": sorted({*tags, f"style:{style}", *(row["tags"] or [])}), "tax_bp": row["tax_bp"], "gtins": row["gtin"],
    }  # fmt: skip


def load_stock(batch: Batch) -> list[Change]:
    """A count: it sets the pieces of a SKU in a store; one that was passed over is set only where it never was."""
    known = batch.known_skus()
    counted: dict[tuple[str, str], int] = {}
    passed: set[tuple[str, str]] = set()
    for row in batch.rows:
        if row["sku"] not in known:
            batch.fault(row, "sku", "unknown_sku")
        elif batch.has_store(row, "store"):
            counted[row["sku"], row["store"]] = row["qty"]
            if row.line <= batch.passed:  # it is in, or its article or store was unknown then and is known by now
                passed.add((row["sku"], row["store"]))
    skus = {sku for sku, _ in counted}
    for some in parts(sorted(skus)):
        for stock in batch.session.exec(select(StockRow).where(col(StockRow.sku).in_(some))):
            qty = counted.pop((stock.sku, stock.store), stock.qty)
            if (stock.sku, stock.store) not in passed:
                stock.qty = qty
    batch.session.add_all(StockRow(sku=sku, store=store, qty=qty) for (sku, store), qty in counted.items())
    batch.session.flush()
    return list(stock_changes(batch.session, skus, batch.stores))


PRODUCTS = ImportFile(
    "products.csv",
    (
        Column("sku", cells.identifier, needed=True),
        Column("gtin", cells.codes, default=[]),
        Column("name", cells.text, needed=True),
        Column("brand", cells.text, default=""),
        Column("department", cells.text, default=""),
        Column("category", cells.text, default=""),
        Column("size", cells.text, default=""),
        Column("price", cells.money, needed=True),
        Column("style", cells.identifier),
        Column("color", cells.text, default=""),
        Column("tags", cells.words),
        Column("member_prices", cells.prices),
        Column("tax_bp", cells.basis_points, default=0),
        Column("initials", cells.text),
    ),
    load_products,
    key=("sku",),
    weigh=weights.of_products,
)

STOCK = ImportFile(
    "stock.csv",
    (
        Column("store", cells.store_id, needed=True),
        Column("sku", cells.identifier, needed=True),
        Column("qty", cells.whole(-(10**9), 10**9), needed=True),
    ),
    load_stock,
    key=("store", "sku"),
    once=True,
)
