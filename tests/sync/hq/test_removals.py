"""What was rung up and taken out again before anybody paid, at HQ and on its console (M7)."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select

from posclient.domain.cart import Cart, Removal
from posclient.domain.facts import CART_CLEARED, SALE_COMPLETED, cart_cleared, sale_completed
from sync.hq.fact_tables import RemovalRow, SaleRow
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import STAMP, make_sale, new_id
from ui.opening import SystemClock

AT = "2026-11-21T14:01:00+08:00"
COAT = Removal("1", "A", "大衣", 2, 25900, "G1", AT)


def stored(hq_server: HqServer) -> list[tuple[Any, ...]]:
    with hq_server.database.read() as session:
        rows = session.exec(select(RemovalRow).order_by(col(RemovalRow.number))).all()
    return [(one.cashier, one.sku, one.qty, one.amount, one.receipt, one.reason) for one in rows]


def test_they_come_with_the_sale_and_change_none_of_its_figures(hq_server: HqServer, new_till: NewTill) -> None:
    till = new_till()
    sale = make_sale(1, receipt="S001-1-20261121-000001")
    told = till.fact(SALE_COMPLETED, sale_completed(sale, STAMP, removals=(COAT,)))
    assert till.codes(told, till.sale()) == [("applied", None), ("applied", None)]
    assert till.codes(told) == [("duplicate", None)]
    assert stored(hq_server) == [("G1", "A", 2, 51800, sale.receipt, "")]
    with hq_server.database.read() as session:
        assert sorted(session.exec(select(SaleRow.total))) == [1000, 1000]


def test_a_cart_that_came_to_nothing_has_a_fact_of_its_own(hq_server: HqServer, new_till: NewTill) -> None:
    till = new_till()
    cart = Cart(new_id()).noting(COAT, Removal("2", "B", "衬衫", 1, 5900, None, AT))
    at = SystemClock().now()
    told = till.fact(CART_CLEARED, cart_cleared(cart, ("S001", 1), at, "G1", "顾客改主意", STAMP))
    assert till.codes(told) == [("applied", None)]
    assert stored(hq_server) == [("G1", "A", 2, 51800, "", "顾客改主意"), ("", "B", 1, 5900, "", "顾客改主意")]
