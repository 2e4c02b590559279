"""A cash sale from scan to slip, and what till.db holds afterwards."""

from __future__ import annotations

import json

import pytest

from posclient.actions import checkout, payment
from posclient.actions.views import ScanKind
from posclient.db import catalog, sales
from posclient.errors import Refused
from tests.actions.kidswear import Shop

COAT, SHIRT = "A001-RED-110", "T001-RED-110"


def test_scan_pay_complete(shop: Shop) -> None:
    coat = catalog.by_skus(shop.till.reference.cache, [COAT], shop.clock.now())[COAT]
    found = checkout.scan(shop.till, coat.gtin)
    assert found.kind is ScanKind.PRODUCT
    assert (found.view.total, found.view.lines[0].name, found.view.touched) == (25900, "红羽绒服", "1")
    assert checkout.scan(shop.till, coat.gtin).view.lines[0].qty == 2

    opened = payment.open(shop.till)
    assert (opened.paying, opened.due) == (True, 51800)
    paid = payment.pay(shop.till, "cash", 60000)
    assert (paid.due, paid.payments[0].change) == (0, 8200)
    done = payment.complete(shop.till, paid.cart_id)

    assert (done.receipt, done.total, done.change, done.kick_drawer) == ("S001-1-20261121-000001", 51800, 8200, True)
    sale = sales.by_id(shop.till.db, done.sale_id)
    assert sale is not None
    assert [(line.sku, line.qty, line.net, line.guide) for line in sale.lines] == [(COAT, 2, 51800, "G1")]
    assert (sale.cashier, sale.guide, sale.business_date.isoformat()) == ("G1", "G1", "2026-11-21")
    assert shop.rows("SELECT sku, qty FROM stock_move") == [(COAT, -2)]
    body = json.loads(shop.rows("SELECT body FROM fact WHERE kind = 'SaleCompleted'")[0][0])
    assert (body["id"], body["total"], body["lines"][0]["net"]) == (done.sale_id, 51800, 51800)
    assert (
        (body["receipt"], body["seq"], body["shift"])
        == (sale.receipt, sale.seq, sale.shift)
        == (done.receipt, 1, "2026-11-21")
    )
    assert shop.rows("SELECT amount, acked_ms FROM outbox") == [(51800, None)]
    assert checkout.view(shop.till).lines == ()
    assert shop.rows("SELECT count(*) FROM open_cart") == [(1,)]


def test_complete_again_is_the_same_sale(shop: Shop) -> None:
    """T-13, T-15: twenty calls, whenever they come, are one sale."""
    checkout.add(shop.till, COAT)
    view = payment.open(shop.till)
    payment.pay(shop.till, "cash")
    first = payment.complete(shop.till, view.cart_id)
    assert {payment.complete(shop.till, view.cart_id) for _ in range(19)} == {first}
    assert shop.rows("SELECT count(*) FROM sale") == [(1,)]
    assert shop.rows("SELECT count(*) FROM fact") == [(1,)]


def test_an_unpaid_cart_is_never_completed(shop: Shop) -> None:
    """T-13: an Enter from before the payment settles nothing."""
    view = checkout.add(shop.till, COAT)
    with pytest.raises(Refused, match="not_paying"):
        payment.complete(shop.till, view.cart_id)
    payment.open(shop.till)
    payment.pay(shop.till, "cash", 100)
    with pytest.raises(Refused, match="unpaid"):
        payment.complete(shop.till, view.cart_id)
    with pytest.raises(Refused, match="unknown_cart"):
        payment.complete(shop.till, "another")
