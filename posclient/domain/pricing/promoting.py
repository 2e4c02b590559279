"""Step 2: promotions, by priority, then id."""

from __future__ import annotations

from collections.abc import Iterable

from posclient.domain.pricing.basket import Basket
from posclient.domain.pricing.ledger import Ledger
from posclient.domain.pricing.offer import TagIndex
from posclient.domain.pricing.promotion import Promotion


class Promoting:
    """``touched``: places that a promotion has taken anything off, or whose manual price keeps promotions away."""

    def __init__(self, basket: Basket, ledger: Ledger, index: TagIndex) -> None:
        self._ledger = ledger
        self._index = index
        self._manual = {place for place, line in enumerate(basket.lines) if line.manual_price is not None}
        #: Taken by a non-stacking line promotion (False) or order promotion (True).
        self._taken: dict[bool, set[int]] = {False: set(), True: set()}
        self.touched = set(self._manual)
        for promotion in sorted(live_promotions(basket), key=lambda one: (one.priority, one.id)):
            self._apply(promotion)

    def _apply(self, promotion: Promotion) -> None:
        """A line for which it comes to 0 stays free and untouched."""
        away = self._manual if promotion.stack else self._manual | self._taken[promotion.order_wide]
        places = [place for place in self._index.scope(promotion) if place not in away]
        if not places:
            return
        held = self._ledger.held(places)
        amounts = promotion.parts(held)
        source = f"promotion:{promotion.id}"
        givers = self._ledger.take(source, places, amounts)
        self._ledger.note_groups(source, places, promotion.runs(held, amounts))
        self.touched.update(givers)
        if not promotion.stack:
            self._taken[promotion.order_wide].update(givers)


def live_promotions(basket: Basket) -> Iterable[Promotion]:
    """Those that are live here and now, for this member."""
    for promotion in basket.promotions:
        if promotion.live(basket.at, basket.store) and (not promotion.tiers or basket.tier in promotion.tiers):
            yield promotion
