"""products.csv and stock.csv."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import col, select

from sync.hq.bulk import parts
from sync.hq.chain_tables import StockRow
from sync.hq.feeds import GLOBAL, Change, zone_feed
from sync.hq.imports import cells, weights
from sync.hq.imports.batch import Batch, ImportFile
from sync.hq.imports.initials import initials
from sync.hq.imports.reading import Column, Row
from sync.hq.imports.shared_codes import shared_codes
from sync.hq.imports.tiers_and_guides import tier_named, unknown_tier
from sync.hq.placing import stock_changes

#: Columns of a product that pricing rules can name, as ``column:value`` (pricing.md, scope).
_TAGGED = ("brand", "department", "category", "style")
#: Where one of these is left out, the product that HQ has is asked for it.
_MAY_MISS = {*_TAGGED, "color", "size", "initials", "tags", "tax_bp", "gtin"}


def load_products(batch: Batch) -> list[Change]:
    """A product for everybody, its price for each zone. What the file has no column for stays as HQ has it."""
    rows = list(_of_known_tiers(batch))
    skus = [row["sku"] for row in rows]
    known = {} if _have(rows, _MAY_MISS) else batch.published(GLOBAL, "product", skus)
    changes = [Change(GLOBAL, "product", row["sku"], _product(row, _old(known, row))) for row in rows]
    for zone in batch.zones:
        priced = {} if _have(rows, {"member_prices"}) else batch.published(zone_feed(zone), "price", skus)
        changes += [_price(row, zone, _old(priced, row)) for row in rows]
    return changes


def _of_known_tiers(batch: Batch) -> Iterator[Row]:
    """The rows without a price for members whom there are not. One that HQ has already is not judged anew: prices of
    before there was a tiers.csv must still change, and who has such a tier has kept it.
    """
    odd = {row["sku"] for row in batch.rows if unknown_tier(batch, row["member_prices"] or ()) is not None}
    priced = batch.published(zone_feed(batch.zones[0]), "price", odd)
    for row in batch.rows:
        old = _old(priced, row).get("member_prices", {})
        new = [tier for tier in row["member_prices"] or () if tier not in old]
        tier = unknown_tier(batch, new) if row["sku"] in odd else None
        if tier is None:
            yield row
        else:
            batch.fault(row, f"member_prices {tier_named(batch, tier)}", "unknown_tier")


def _have(rows: Sequence[Row], columns: Collection[str]) -> bool:
    """All rows are of one file, so one answers for all."""
    return not rows or rows[0].present.issuperset(columns)


def _old(known: Mapping[str, str], row: Row) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(known[row["sku"]]) if row["sku"] in known else {}
    return found


def _price(row: Row, zone: str, old: Mapping[str, Any]) -> Change:
    price = {
        "id": row["sku"], "sku": row["sku"], "price": row["price"],
        "member_prices": row.over("member_prices", old.get("member_prices")) or {}, "from": None, "until": None,
    }  # fmt: skip
    return Change(zone_feed(zone), "price", row["sku"], price)


def _product(row: Row, old: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: row.over(name, old.get(name, row[name])) for name in ("brand", "category", "color", "size")}
    style = row.over("style", old.get("style")) or row["sku"]
    values |= {"sku": row["sku"], "style": style, "name": row["name"], "initials": _initials(row, old)}
    tagged = {**values, "department": row["department"]}
    own = row["tags"] if "tags" in row.present else _own_tags(old)
    tags = {*(own or ()), *(f"{name}:{tagged[name]}" for name in _TAGGED if tagged[name])}
    if "department" not in row.present:
        tags.update(_departments(old))
    return {
        **values, "tags": sorted(tags), "tax_bp": row.over("tax_bp", old.get("tax_bp", row["tax_bp"])),
        "gtins": row.over("gtin", old.get("gtins", row["gtin"])),
    }  # fmt: skip


def _initials(row: Row, old: Mapping[str, Any]) -> str:
    """Those that somebody gave stay; made ones follow the name."""
    given = ""
    if old and (old["name"] == row["name"] or old["initials"] != initials(old["name"])):
        given = old["initials"]
    return row.over("initials", given) or initials(row["name"])


def _own_tags(old: Mapping[str, Any]) -> list[str]:
    """Tags that were in a column of their own."""
    made = {f"{name}:{old.get(name)}" for name in _TAGGED} | set(_departments(old))
    return [tag for tag in old.get("tags", ()) if tag not in made]


def _departments(old: Mapping[str, Any]) -> list[str]:
    """A product's row has its department among the tags alone."""
    return [tag for tag in old.get("tags", ()) if tag.startswith("department:")]


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
    after=shared_codes,
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
