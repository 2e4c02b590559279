"""What HQ decided, as a scan needs it: read once, kept in memory, and looked at again when a feed has moved on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from posclient.actions.shop_settings import ShopSettings, read_shop_settings
from posclient.db import catalog, chain
from posclient.db.at_rest import OwnKey
from posclient.db.instants import to_ms
from posclient.db.live_cache import LiveCache
from posclient.domain.care import Cadence
from posclient.domain.cart import Cart
from posclient.domain.catalog import Product
from posclient.domain.pricing.basket import Rules
from posclient.domain.pricing.kinds import read_promotion_rule
from posclient.domain.pricing.promotion import Promotion
from posclient.domain.pricing.unknown_keys import read_sent
from posclient.errors import InputError


@dataclass(frozen=True, slots=True)
class Book:
    """The chain's and the store's rules as read; ``raw`` as they were sent, ``names`` by source.

    ``skipped``: (id, kind) of promotions that this till cannot read.

    ``edges`` are the instants at which a promotion begins or ends, in order.
    """

    settings: ShopSettings
    promotions: tuple[Promotion, ...]
    rules: Rules
    raw: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, str]
    skipped: tuple[tuple[str, str], ...]
    edges: tuple[datetime, ...]
    cadences: tuple[Cadence, ...]


class Reference:
    """One thread's view of the cache. ``book`` changes only in ``refresh``, so that one act sees one state of it."""

    def __init__(self, folder: Path, store: str, own: OwnKey) -> None:
        self.cache = LiveCache(folder, own=own)
        self._store = store
        self._shelf = _Shelf(self.cache)
        self.book = _read_book(self.cache, store)

    @property
    def settings(self) -> ShopSettings:
        """What the shop decides."""
        return self.book.settings

    @property
    def store_name(self) -> str:
        """What this store is called; its id while HQ has not said."""
        found = chain.stores(self.cache).get(self._store)
        return found.name if found else self._store

    def names(self) -> Mapping[str, str]:
        """Names of staff by id, of those who have left too."""
        return chain.staff_names(self.cache)

    def person(self, staff_id: str | None) -> str:
        """A name to show; the id for somebody unknown, nothing for nobody."""
        return self.names().get(staff_id, staff_id) if staff_id else ""

    def works_here(self, staff_id: str | None) -> bool:
        """HQ sends a store its own staff alone."""
        return any(one.staff.id == staff_id for one in chain.staff(self.cache))

    def who_stays(self, guide: str | None) -> str | None:
        """``guide``, unless HQ says that they have left; who is unknown here may work in another store."""
        return None if guide in self.names() and not self.works_here(guide) else guide

    def refresh(self) -> Book:
        """Take note of what HQ sent since: another book when the chain's or the store's rules or people changed."""
        self.book = self.cache.memo(f"book {self._store}", lambda _: _read_book(self.cache, self._store))
        return self.book

    def refreshed(self, cart: Cart, at: datetime) -> Cart:
        """The same lines with what is known at ``at`` of their articles; the very cart where nothing is new."""
        return self._shelf.refreshed(cart, at)

    @property
    def shelf(self) -> object:
        """Another object whenever an article or a price may have changed since; as of the last ``refreshed``."""
        return self._shelf.state

    def moment(self, at: datetime) -> tuple[Any, int]:
        """Another value whenever the rules changed, or a promotion began or ended."""
        return self.book, bisect_right(self.book.edges, at)

    def close(self) -> None:
        """Let go of the cache."""
        self.cache.close()


class _Shelf:
    """Articles of the open cart. Looking fifty of them up again at each scan would cost more than pricing them."""

    def __init__(self, cache: LiveCache) -> None:
        self._cache = cache
        self._token: tuple[Any, ...] = ()
        self._span = (0, 0)
        self._known: dict[str, Product | None] = {}

    @property
    def state(self) -> object:
        """The very dict of what is known, which is thrown away as a whole."""
        return self._known

    def refreshed(self, cart: Cart, at: datetime) -> Cart:
        """Comparing fifty articles takes longer than pricing them: an equal one of the cart is kept as it is, and the
        next scan only asks whether it is the same object.
        """
        self._stock(cart, at)
        known, changed = self._known, {}
        for product in [line.product for line in cart.lines if known[line.product.sku] is not line.product]:
            now = known[product.sku]
            if now == product:
                known[product.sku] = product
            elif now is not None:  # what is on sale no more stays as it was rung up
                changed[product.sku] = now
        return cart.refreshed(changed) if changed else cart

    def _stock(self, cart: Cart, at: datetime) -> None:
        self._forget_old(to_ms(at))
        missing = {line.product.sku for line in cart.lines if line.product.sku not in self._known}
        if missing:
            found = catalog.by_skus(self._cache, missing, at)
            self._known |= {sku: found.get(sku) for sku in missing}
            change = catalog.price_changes(self._cache, missing, at)
            self._span = (self._span[0], min(self._span[1], change or self._span[1]))

    def _forget_old(self, at_ms: int) -> None:
        con = self._cache.con
        token = (con, con.execute("PRAGMA data_version").fetchone()[0])
        if token != self._token or not self._span[0] <= at_ms < self._span[1]:
            self._token, self._span, self._known = token, (at_ms, 2**62), {}


def _read_book(cache: LiveCache, store: str) -> Book:
    settings = read_shop_settings(chain.settings(cache, store))
    promotions, skipped = [], []
    for row in chain.promotions(cache):
        try:
            promotions.append(read_sent(row.rule, read_promotion_rule))
        except InputError:
            skipped.append((row.id, str(row.rule.get("kind", ""))[:80]))
    edges = {edge for one in promotions for edge in (one.since, one.until) if edge}
    return Book(
        settings=settings,
        promotions=tuple(promotions),
        rules=Rules(max_coupons=settings.max_coupons, group_max=settings.group_max),
        raw={row.id: row.rule for row in chain.promotions(cache)},
        names={f"promotion:{row.id}": row.name for row in chain.promotions(cache)},
        skipped=tuple(skipped),
        edges=tuple(sorted(edges)),
        cadences=chain.cadences(cache),
    )
