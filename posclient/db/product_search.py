"""Search as you type: names, style numbers, SKUs, barcodes and pinyin initials, each by its beginning.

Any text is taken literally (S-4), nothing is cut off unsaid (T-26), and no list is sorted by relevance: that would
cost 70 to 160 ms on broad words (stack.md, SQLite). Better ways of hitting come first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from posclient.db.catalog import by_numbers
from posclient.db.connection import Connection
from posclient.db.live_cache import LiveCache
from posclient.db.name_text import LONGEST, match_query
from posclient.domain.catalog import Product
from posclient.domain.gtin import article_key

#: Fewer digits would hit half the catalogue.
FEWEST_DIGITS = 4
_LAST = "\U0010ffff"
#: Zeros that ``article_key`` put in front of a GTIN-14, EAN-13, UPC-A and GTIN-8.
_PADDINGS = ("", "0", "00", "000000")

_EXACT = "SELECT product FROM barcode WHERE code = ? UNION ALL SELECT n FROM product WHERE key = ? LIMIT ?"
_STYLE = "SELECT n FROM product WHERE style >= ? COLLATE NOCASE AND style < ? COLLATE NOCASE LIMIT ?"
_SKU = "SELECT n FROM product WHERE key >= ? AND key < ? LIMIT ?"
_BARCODE = "SELECT product FROM barcode WHERE code >= ? AND code < ? LIMIT ?"
_INITIALS = "SELECT n FROM product WHERE initials >= ? AND initials < ? LIMIT ?"
_NAME = "SELECT rowid FROM product_text WHERE product_text MATCH ? LIMIT ?"


@dataclass(frozen=True, slots=True)
class Found:
    """``products`` that are on sale, best first; ``more``: there are others than these."""

    products: tuple[Product, ...]
    more: bool


def search(cache: LiveCache, text: str, at: datetime, limit: int = 50) -> Found:
    """The first ``limit`` articles that ``text`` names."""
    wanted = text.strip()
    if not wanted or len(wanted) > LONGEST:
        return Found((), more=False)
    numbers: dict[int, None] = {}
    for sql, values in _queries(wanted):
        numbers |= dict.fromkeys(_numbers(cache.con, sql, values, limit + 1))
        if len(numbers) > limit:
            break
    return Found(tuple(by_numbers(cache, list(numbers)[:limit], at)), more=len(numbers) > limit)


def _numbers(con: Connection, sql: str, values: tuple[str, ...], limit: int) -> Iterator[int]:
    return (number for (number,) in con.execute(sql, (*values, limit)).fetchall())


def _queries(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    match = match_query(text)
    if match is None:
        return
    if text.isascii():
        yield _EXACT, (article_key(text), text)
        yield _STYLE, (text, text + _LAST)
        yield from ((_SKU, (form, form + _LAST)) for form in dict.fromkeys((text, text.upper())))
        if text.isdigit() and len(text) >= FEWEST_DIGITS:
            yield from ((_BARCODE, (zeros + text, zeros + text + _LAST)) for zeros in _PADDINGS)
        if text.isalnum():
            yield _INITIALS, (text.lower(), text.lower() + _LAST)
    yield _NAME, (match,)
