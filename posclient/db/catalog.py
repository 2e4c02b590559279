"""Articles with their live prices, by code, SKU and style: the look-up of a scan, in plain SQL (stack.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from posclient.db.cache_kinds import SEPARATOR
from posclient.db.instants import to_ms
from posclient.db.live_cache import LiveCache
from posclient.domain.catalog import Product
from posclient.domain.gtin import article_key, gtin_forms
from posclient.domain.money import MOST
from posclient.errors import InputError, NotFound

#: Of several live price rows the one with the latest ``from`` counts, then the greatest id (architecture.md). A price
#: that none can be is none: the article is not sold until HQ has mended it (S-11). A tax rate that none can be is 0:
#: nothing that is paid depends on it, and HQ could not read a sale with it.
_PRODUCT = (
    "SELECT product.key, style, name, color, size, brand, category,"  # noqa: S608 - a number of ours
    f" CASE WHEN price.price BETWEEN 0 AND {MOST} THEN price.price END, member_prices, tags,"
    " CASE WHEN tax_bp BETWEEN 0 AND 10000 THEN tax_bp ELSE 0 END, gtins"
    " FROM {source} LEFT JOIN price ON price.n = (SELECT n FROM price WHERE sku = product.key AND from_ms <= :at"
    " AND until_ms > :at ORDER BY from_ms DESC, key DESC LIMIT 1) WHERE {condition}"
)
_BY_CODE = _PRODUCT.format(source="barcode JOIN product ON product.n = barcode.product", condition="code = :it")
_BY_SKU = _PRODUCT.format(source="product", condition="product.key = :it")
#: The forms of a code, the first of them again where it has fewer: one statement, prepared once.
_MOST_FORMS = 5
_SKUS = "SELECT key FROM product WHERE key IN (?, ?, ?, ?, ?)"
_BY_NUMBER = _PRODUCT.format(source="product", condition="product.n = :it")
_BY_STYLE = _PRODUCT.format(source="product", condition="style = :it COLLATE NOCASE ORDER BY product.n")


def by_code(cache: LiveCache, code: str, at: datetime) -> Product | None:
    """The article of a code as it was read: of a barcode or of a SKU, which may be a GTIN too; None if unknown.

    Errors, ``InputError``: ``no_price`` (known, but not on sale at ``at``), ``ambiguous_code`` (several articles share
    it, be it one's barcode and another's SKU: never a silent wrong item, S-2).
    """
    rows = cache.con.execute(_BY_CODE, {"it": article_key(code), "at": to_ms(at)}).fetchall()
    skus = list(dict.fromkeys([*(row[0] for row in rows), *_named(cache, code)]))
    if len(skus) > 1:
        raise InputError("ambiguous_code", code=code, skus=skus)
    if rows:
        return _priced(rows[0])
    return by_sku(cache, skus[0], at) if skus else None


def _named(cache: LiveCache, code: str) -> list[str]:
    """SKUs that are this code."""
    forms = gtin_forms(code)
    found = cache.con.execute(_SKUS, (*forms, *forms[:1] * (_MOST_FORMS - len(forms)))).fetchall()
    return [sku for (sku,) in found]


def by_sku(cache: LiveCache, sku: str, at: datetime) -> Product | None:
    """One article; None if unknown, ``InputError("no_price")`` if not on sale."""
    row = cache.con.execute(_BY_SKU, {"it": sku, "at": to_ms(at)}).fetchone()
    return _priced(row) if row else None


def not_found(cache: LiveCache, error: NotFound) -> NotFound:
    """``error`` about something that is no article; ``no_goods`` where there are none at all: no label is at fault.

    A till is without them from its enrolment, or the loss of its cache, until they are loaded.
    """
    return error if has_goods(cache) else NotFound("no_goods")


def has_goods(cache: LiveCache) -> bool:
    """Is there any article?"""
    return cache.con.execute("SELECT 1 FROM product LIMIT 1").fetchone() is not None


def by_skus(cache: LiveCache, skus: Iterable[str], at: datetime) -> dict[str, Product]:
    """Those of ``skus`` that are on sale."""
    con, at_ms = cache.con, to_ms(at)
    rows = (con.execute(_BY_SKU, {"it": sku, "at": at_ms}).fetchone() for sku in skus)
    return {row[0]: product(row) for row in rows if row and row[7] is not None}


def by_style(cache: LiveCache, style: str, at: datetime) -> list[Product]:
    """All articles of a style that are on sale, as HQ listed them."""
    rows = cache.con.execute(_BY_STYLE, {"it": style, "at": to_ms(at)}).fetchall()
    return [product(row) for row in rows if row[7] is not None]


def by_numbers(cache: LiveCache, numbers: Iterable[int], at: datetime) -> list[Product]:
    """The articles of these rows, in this order, but those that are not on sale."""
    con, at_ms = cache.con, to_ms(at)
    rows = (con.execute(_BY_NUMBER, {"it": number, "at": at_ms}).fetchone() for number in numbers)
    return [product(row) for row in rows if row and row[7] is not None]


def price_changes(cache: LiveCache, skus: Iterable[str], at: datetime) -> int | None:
    """When (Unix ms) the next price row of ``skus`` begins or ends after ``at``; None if never."""
    con, at_ms, found = cache.con, to_ms(at), []
    for sku in skus:
        row = con.execute(
            "SELECT min(CASE WHEN from_ms > :at THEN from_ms ELSE until_ms END) FROM price WHERE sku = :it"
            " AND until_ms > :at",
            {"it": sku, "at": at_ms},
        ).fetchone()
        if row[0] is not None and row[0] < 2**62:
            found.append(row[0])
    return min(found, default=None)


def product(row: tuple[Any, ...]) -> Product:
    """A row of the query above, with a price."""
    sku, style, name, color, size, brand, category, price, member_prices, tags, tax_bp, gtins = row
    return Product(
        sku, style, name, color, size, brand, category, price, _prices(member_prices), _tags(tags), tax_bp,
        gtins.split(SEPARATOR, 1)[0],
    )  # fmt: skip


def _priced(row: tuple[Any, ...]) -> Product:
    if row[7] is None:
        raise InputError("no_price", sku=row[0])
    return product(row)


@lru_cache(maxsize=1024)
def _tags(text: str) -> frozenset[str]:
    return frozenset(text.split(SEPARATOR)) if text else frozenset()


@lru_cache(maxsize=1024)
def _prices(text: str) -> Mapping[str, int]:
    found: dict[str, int] = json.loads(text)
    return {tier: price for tier, price in found.items() if 0 <= price <= MOST}
