"""Codes by which a till finds several articles, so that it takes none of them: told when products came in.

They go in all the same. A supplier's one barcode for all sizes is a chain's ordinary day, whose prices must not wait
for another label; and whoever moves a barcode has the two rows in any order. So it is the whole catalogue that is
looked at, as it is then.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlmodel import Session, col, select

from posclient.domain.gtin import article_key
from sync.hq.feeds import GLOBAL
from sync.hq.imports.reading import Fault
from sync.hq.tables import FeedRow

#: Codes that are told, and SKUs of one: who has more has them on purpose, and sees the first.
_MOST_CODES = 100
_MOST_SKUS = 5
_PRODUCTS = (
    select(FeedRow.key, FeedRow.data)
    .where(FeedRow.feed == GLOBAL, FeedRow.table_name == "product", col(FeedRow.data).is_not(None))
    .order_by(col(FeedRow.key))
    .execution_options(yield_per=2_000)
)


def shared_codes(session: Session, file: str) -> Iterator[Fault]:
    """One for each code, which names it with the SKUs. Hashes do for the first look: a million codes are many."""
    seen: set[int] = set()
    twice: set[int] = set()
    for _, _, key in _codes(session):
        (twice if hash(key) in seen else seen).add(hash(key))
    seen.clear()
    found: defaultdict[str, list[str]] = defaultdict(list)
    said: dict[str, str] = {}
    for sku, code, key in _codes(session) if twice else ():
        if hash(key) in twice:
            found[key].append(sku)
            said.setdefault(key, code)
    shared = ((said[key], skus) for key, skus in found.items() if len(skus) > 1)
    for code, skus in islice(shared, _MOST_CODES):
        more = ", ..." if len(skus) > _MOST_SKUS else ""
        yield Fault(file, 0, f"gtin {code} ({', '.join(skus[:_MOST_SKUS])}{more})", "shared_code")


def _codes(session: Session) -> Iterator[tuple[str, str, str]]:
    """Each article's SKU with each of its codes, of which it is one too, and how a till files that."""
    for sku, data in session.execute(_PRODUCTS):
        product: dict[str, Any] = json.loads(data or "{}")
        for key, code in {article_key(code): code for code in (*product["gtins"], sku)}.items():
            yield sku, code, key
