"""G2: what a guide gives away in a month, over all tills; each of them knows its own orders alone."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from sqlmodel import select

from posclient.domain.facts import VALET_ORDER_PLACED, valet_order_placed
from posclient.domain.valet import ValetLine, ValetOrder
from sync.hq.chain_tables import StoreRow
from sync.hq.fact_tables import ValetOrderRow
from sync.hq.feeds import Change, publish, store_feed
from sync.hq.placing import new_store
from sync.protocol import FactMessage
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.test_valet_effect import stock
from tests.sync.hq.till_at_hq import STAMP, TillAtHq, new_id

OVER = [("applied_with_exception", "allowance_over")]
FINE = [("applied", None)]


@pytest.fixture
def chain(hq_server: HqServer) -> HqServer:
    """G1 may give 10.00 in November, and HQ has pieces enough."""
    with hq_server.database.write(shared=True) as session:
        publish(session, new_store(session, StoreRow(id="W001", name="W001", zone="z1", kind="warehouse")))
    stock(hq_server, W001_A=50)
    allow(hq_server, 1000)
    return hq_server


def allow(server: HqServer, amount: int | None) -> None:
    data = None if amount is None else {"guide": "G1", "month": "2026-11", "amount": amount}
    server.publish(Change(store_feed("S001"), "allowance", "G1/2026-11", data))


def order(till: TillAtHq, discount: int, day: str = "2026-11-21", sku: str = "A", guide: str = "G1") -> FactMessage:
    at = datetime.fromisoformat(f"{day}T14:00:00+08:00")
    made = ValetOrder(
        new_id(), f"V{new_id()}", at, "S001", (ValetLine(sku, sku, "", 1, 5000),), discount, 5000 - discount, guide,
        None, None, (),
    )  # fmt: skip
    return till.fact(VALET_ORDER_PLACED, valet_order_placed(made, None, STAMP))


def test_two_tills_give_it_twice(new_till: NewTill, chain: HqServer) -> None:
    """The order stands; the till's manager and the console are told by how much."""
    first, second = new_till(), new_till()
    assert first.codes(order(first, 600)) == FINE
    assert first.codes(order(first, 400)) == FINE
    late = order(second, 600)
    assert second.codes(late) == OVER
    told = second.row(f"terminal:{second.me.terminal}", "fact_outcome", late.id)
    number = json.loads(late.body)["number"]
    detail = {"guide": "G1", "amount": 600, "given": 1600, "allowed": 1000, "reference": number}
    assert (told["code"], told["detail"]) == ("allowance_over", detail)
    with chain.database.read() as session:
        assert {row.state for row in session.exec(select(ValetOrderRow))} == {"confirmed"}


def test_within_one_batch(new_till: NewTill, chain: HqServer) -> None:
    till = new_till()
    reply = till.push(order(till, 600), order(till, 600))
    assert [one.code for one in reply.outcomes] == [None, "allowance_over"]


def test_what_does_not_count(new_till: NewTill, chain: HqServer) -> None:
    """Another month, another guide, an order that HQ rejected, and one without a discount."""
    till = new_till()
    for other in (
        order(till, 900, day="2026-10-31"), order(till, 900, day="2026-12-01"), order(till, 900, guide="G2"),
        order(till, 900, sku="nowhere"), order(till, 1000), order(till, 0), order(till, 9000, sku="nowhere"),
    ):  # fmt: skip
        assert till.codes(other) == FINE
    assert till.codes(order(till, 1)) == OVER


def test_december(new_till: NewTill, chain: HqServer) -> None:
    data = {"guide": "G1", "month": "2026-12", "amount": 100}
    chain.publish(Change(store_feed("S001"), "allowance", "G1/2026-12", data))
    till = new_till()
    assert till.codes(order(till, 100, day="2026-12-31")) == FINE
    assert till.codes(order(till, 1, day="2026-12-01")) == OVER
    assert till.codes(order(till, 900, day="2026-11-30")) == FINE


def test_without_an_allowance_of_the_month_nothing_is_said(new_till: NewTill, chain: HqServer) -> None:
    """The row goes when its month is long past, and an order may come later."""
    allow(chain, None)
    till = new_till()
    assert till.codes(order(till, 5000)) == FINE


def test_a_time_that_is_none(new_till: NewTill, chain: HqServer) -> None:
    """S-24: nothing that a till writes there makes an error of ours."""
    till = new_till()
    made = order(till, 900, sku="nowhere")
    assert till.codes(made) == FINE
    content = json.loads(made.body)
    for at in ("x", "", "2026-1", "2026-11"):
        assert till.codes(till.fact(VALET_ORDER_PLACED, {**content, "id": new_id(), "at": at})) == FINE


def test_it_is_found_by_an_index(chain: HqServer) -> None:
    """An order a minute from each of 4,000 stores: none looks through those of all years."""
    with chain.database.read() as session:
        names = {row[1] for row in session.connection().exec_driver_sql("PRAGMA index_list(valet_order)")}
        plan = session.connection().exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT sum(discount) FROM valet_order"
            " WHERE guide = 'G1' AND at >= '2026-11' AND state != 'rejected'"
        )
        assert "USING INDEX valet_order_guide (guide=? AND at>?)" in plan.all()[0][-1]
    assert "valet_order_guide" in names
