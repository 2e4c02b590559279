"""Search as you type, with last known stock. Run it on a ``Till.reader``: no search may hold up a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posclient.actions.views import ProductHit
from posclient.errors import NotFound

if TYPE_CHECKING:
    from posclient.actions.till import Till
    from posclient.db.product_search import Found


def products(till: Till, text: str, limit: int = 50) -> tuple[ProductHit, ...]:
    """Articles on sale by name, style, SKU, barcode or pinyin initials; what fits best first.

    ``NotFound("no_goods")`` where the till has none yet: another word finds no more.
    """
    from posclient.db import catalog, stock

    found = _search(till, text, limit).products
    if not found and not catalog.has_goods(till.reference.cache):
        raise NotFound("no_goods")
    levels = stock.levels(till.reference.cache, till.db, [one.sku for one in found], till.terminal.store)
    return tuple(
        ProductHit(
            one.sku, one.style, one.name, one.variant, one.price, levels[one.sku].here, levels[one.sku].others
        )
        for one in found
    )  # fmt: skip


def more(till: Till, text: str, limit: int = 50) -> bool:
    """Are there more than ``limit``? A list that ends says so (T-26)."""
    return _search(till, text, limit).more


def _search(till: Till, text: str, limit: int) -> Found:
    from posclient.db.product_search import search

    return search(till.reference.cache, text, till.now(), limit)
