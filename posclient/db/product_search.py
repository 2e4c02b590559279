"""Search as you type: names, style numbers, SKUs, barcodes and pinyin initials, each by its beginning; initials also
from within, since HQ sends them as one word.

Any text is taken literally (S-4), nothing is cut off unsaid (T-26), and no list is sorted by relevance: that would
cost 70 to 160 ms on broad words (stack.md, SQLite). Better ways of hitting come first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from posclient.db.catalog import by_numbers
from posclient.db.connection import Connection
from posclient.db.instants import to_ms
from posclient.db.live_cache import LiveCache
from posclient.db.name_text import LONGEST, match_query
from posclient.db.row_values import json_text
from posclient.domain.catalog import Product
from posclient.domain.gtin import article_key

#: Fewer digits would hit half the catalogue.
FEWEST_DIGITS = 4
_LAST = "\U0010ffff"
#: Zeros that ``article_key`` put in front of a GTIN-14, EAN-13, UPC-A and GTIN-8.
_PADDINGS = ("", "0", "00", "000000")

_EXACT = "SELECT product FROM barcode WHERE code = ? UNION ALL SELECT n FROM product WHERE key = ?"
_STYLE = "SELECT n FROM product WHERE style >= ? COLLATE NOCASE AND style < ? COLLATE NOCASE"
_SKU = "SELECT n FROM product WHERE key >= ? AND key < ?"
_BARCODE = "SELECT product FROM barcode WHERE code >= ? AND code < ?"
_INITIALS = "SELECT n FROM product WHERE initials >= ? AND initials < ?"
_INITIALS_ARE = "SELECT n FROM product WHERE initials IN (SELECT value FROM json_each(?))"
#: All initials that there are, each once and in a line of its own. A million articles have some 3 MB of them.
_ALL_INITIALS = "SELECT group_concat(initials, char(10)) FROM (SELECT DISTINCT initials FROM product)"
#: A single letter is within nearly all of them.
FEWEST_INSIDE = 2
_NAME = "SELECT rowid FROM product_text WHERE product_text MATCH ?"
#: Seasons that are over stay in the catalogue by the thousand: what is not on sale takes no place in the list.
_ON_SALE = (
    "WITH hit (number) AS ({hits}) SELECT number FROM hit WHERE EXISTS (SELECT 1 FROM product JOIN price"
    " ON price.sku = product.key WHERE product.n = number AND from_ms <= ? AND until_ms > ?) LIMIT ?"
)
#: Initials that hold a text; more of them name nothing.
MOST_INSIDE = 2_000


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
    for hits, values in _queries(cache, wanted):
        sql = _ON_SALE.format(hits=hits)
        numbers |= dict.fromkeys(_numbers(cache.con, sql, (*values, to_ms(at), to_ms(at)), limit + 1))
        if len(numbers) > limit:
            break
    return Found(tuple(by_numbers(cache, list(numbers)[:limit], at)), more=len(numbers) > limit)


def _numbers(con: Connection, sql: str, values: tuple[str | int, ...], limit: int) -> Iterator[int]:
    return (number for (number,) in con.execute(sql, (*values, limit)).fetchall())


def _queries(cache: LiveCache, text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
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
    if text.isascii() and text.isalnum() and len(text) >= FEWEST_INSIDE:
        yield _INITIALS_ARE, (json_text(_inside(cache, text.lower(), MOST_INSIDE)),)


def _inside(cache: LiveCache, text: str, most: int) -> list[str]:
    """Initials with ``text`` in them, but not at their beginning.

    No index of SQLite finds a part of a word in time: a scan of them all takes 100 ms. In memory it takes one or two,
    and they are read again (0.3 s for a million) only when the global feed has moved on.
    """
    lines = cache.kept("initials", "global", _all_initials)
    found: list[str] = []
    at = lines.find(text)
    while at >= 0 and len(found) < most:
        begin, end = lines.rfind("\n", 0, at) + 1, lines.find("\n", at)
        if begin < at:
            found.append(lines[begin:end])
        at = lines.find(text, end)
    return found


def _all_initials(con: Connection) -> str:
    (lines,) = con.execute(_ALL_INITIALS).fetchone()
    return f"\n{lines or ''}\n"
