"""Write the demo chain as HQ's import files."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from resources.demo.catalog import BRAND, Sku, make_catalog
from resources.demo.offers import CADENCES, PROMOTIONS, SETTINGS, TEMPLATES, make_coupons
from resources.demo.people import STAFF, STORES, TIERS, DemoMember, make_members

SEED = 2026


def write_chain(folder: Path, today: date, seed: int = SEED) -> None:
    """Fill ``folder`` with the CSV files of the chain as it is on ``today``."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    folder.mkdir(parents=True, exist_ok=True)
    catalog = make_catalog(chance)
    members = make_members(chance, today)
    _write(folder, "stores", "id name address phone zone kind", STORES)
    _write(
        folder,
        "staff",
        "id store name badge roles pin",
        [(one, store, name, f"BADGE{one}", roles, pin) for one, store, name, roles, pin in STAFF],
    )
    _write(folder, "tiers", "id name rank", TIERS)
    _write(folder, "settings", "store name value", [(store, name, _json(value)) for store, name, value in SETTINGS])
    _write(folder, "cadences", "id step after_minutes name script", CADENCES)
    _write(folder, "products", _PRODUCT, map(_product_row, catalog))
    _write(folder, "stock", "store sku qty", _stock(chance, catalog))
    _write(
        folder,
        "promotions",
        "id name rule",
        [(one, name, _json({"id": one, **rule})) for one, name, rule in PROMOTIONS],
    )
    _write(
        folder,
        "coupon_templates",
        "id name rule valid_days newcomer",
        [(one, name, _json(rule), days, str(new).lower()) for one, name, rule, days, new in TEMPLATES],
    )
    _write(folder, "members", _MEMBER, map(_member_row, members))
    _write(
        folder,
        "coupons",
        "id member kind amount from until skus name rule template single_use",
        _coupons(chance, members, today),
    )
    _write(folder, "allowances", "guide month amount", _allowances(today))


_PRODUCT = "sku gtin name brand department category size price style color tags member_prices tax_bp"
_MEMBER = "code phone name id tier points stored_value birthday own_guide home_store tags"


def _product_row(one: Sku) -> Sequence[Any]:
    return (
        one.sku,
        one.gtin,
        one.name,
        BRAND,
        "童装",
        one.category,
        one.size,
        one.price,
        one.style,
        one.color,
        "",
        _json(one.member_prices),
        1300,
    )


def _member_row(one: DemoMember) -> Sequence[Any]:
    return (
        one.code,
        one.phone,
        one.name,
        one.id,
        one.tier,
        one.points,
        one.stored_value,
        one.birthday,
        one.own_guide,
        one.home_store,
        one.tags,
    )


def _stock(chance: random.Random, catalog: list[Sku]) -> Iterable[Sequence[Any]]:
    """Few pieces in a store, many in the warehouse, and gaps where a size is out."""
    for one in catalog:
        for store in ("S001", "S002", "S003"):
            yield store, one.sku, chance.choice((0, 0, 1, 1, 2, 2, 3, 4))
        yield "W001", one.sku, chance.choice((0, 4, 8, 12, 20))


def _coupons(chance: random.Random, members: list[DemoMember], today: date) -> Iterable[Sequence[Any]]:
    for one, code, template, name, rule, until in make_coupons(chance, members, today):
        yield one, code, "", "", "", until, "", name, _json({"id": one, **rule}), template, "true"


def _allowances(today: date) -> Iterable[Sequence[Any]]:
    """This month's and the next's, so that a demo at the end of a month does not run dry."""
    following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    for guide, _, _, _, _ in STAFF:
        for month in (today, following):
            yield guide, f"{month:%Y-%m}", 32000


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _write(folder: Path, name: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split())
        writer.writerows(rows)
