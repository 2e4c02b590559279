"""Stock of what HQ does not count: nothing is said of it, however many the till has sold."""

from __future__ import annotations

from posclient.actions import checkout, payment, search, valet
from posclient.db import outbox
from posclient.db.connection import transaction
from tests.actions.kidswear import GLOBAL, ZONE, Shop, product_row

BAG = "BAG-1"


def sell(shop: Shop, qty: int) -> None:
    checkout.add(shop.till, BAG, qty)
    view = payment.open(shop.till)
    view = payment.pay(shop.till, "cash")
    payment.complete(shop.till, view.cart_id)


def test_an_article_without_stock_at_hq_is_not_counted_below_nothing(shop: Shop) -> None:
    """A carrier bag that no stock file names: HQ takes nothing off what it does not track, and tells no figure."""
    shop.hq.send(GLOBAL, product_row(BAG, "购物袋"))
    shop.hq.price(BAG, 100, "p-bag")
    for _ in range(3):
        sell(shop, 7)
    with transaction(shop.till.db) as con:
        con.execute("UPDATE outbox SET acked_ms = 1, outcome = 'applied'")
    shop.hq.send(ZONE, applied_seq=3)
    assert outbox.backlog(shop.till.db, shop.clock.now()).count == 0
    (hit,) = search.products(shop.till, BAG)
    assert (hit.here, hit.others) == (0, 0)
    grid = valet.grid(shop.till, BAG)
    assert next(iter(grid.cells.values())).here == 0
