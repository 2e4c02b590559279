"""One pure function: basket in, quote out (pricing.md)."""

from __future__ import annotations

from posclient.domain.pricing.basket import Basket
from posclient.domain.pricing.couponing import Couponing
from posclient.domain.pricing.ledger import Ledger
from posclient.domain.pricing.offer import TagIndex
from posclient.domain.pricing.promoting import Promoting
from posclient.domain.pricing.quote import LineQuote, Quote


def price(basket: Basket) -> Quote:
    """What ``basket`` costs, exactly. ``BadBasket`` where pins cannot be kept together."""
    unit_prices = [line.unit_price(basket.tier) for line in basket.lines]
    gross = [unit * line.qty for unit, line in zip(unit_prices, basket.lines, strict=True)]
    ledger = Ledger([line.id for line in basket.lines], gross, [line.qty for line in basket.lines])
    tags = [(*line.tags, f"sku:{line.sku}") for line in basket.lines]
    index = TagIndex(tags, (*basket.promotions, *basket.coupons))
    promoting = Promoting(basket, ledger, index)
    couponing = Couponing(basket, ledger, index, promoting.touched)
    _take_manual_discounts(basket, ledger)
    lines = [
        LineQuote(line.id, unit_prices[n], gross[n], ledger.nets[n], tuple(ledger.discounts[n]))
        for n, line in enumerate(basket.lines)
    ]
    return Quote(
        tuple(lines), sum(gross), sum(ledger.nets), tuple(couponing.used), tuple(couponing.unused), tuple(ledger.groups)
    )


def _take_manual_discounts(basket: Basket, ledger: Ledger) -> None:
    """Step 4, in the order given."""
    places_of = {line.id: place for place, line in enumerate(basket.lines)}
    for discount in basket.manual_discounts:
        # in line order, whatever order they were named in: ties of rounding go by it
        places = sorted([places_of[line] for line in discount.lines]) or range(len(basket.lines))
        if places:
            ledger.take(f"manual:{discount.id}", places, discount.parts(ledger.held(places)))
