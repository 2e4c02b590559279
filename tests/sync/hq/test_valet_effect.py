"""代客下单 at HQ: routed to a place with stock, or rejected."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from posclient.domain.attribution import Share
from posclient.domain.facts import VALET_ORDER_PLACED, valet_order_placed
from posclient.domain.valet import ValetLine, ValetOrder
from sync.hq.chain_tables import StockRow, StoreRow
from sync.hq.fact_tables import ValetOrderRow
from sync.hq.feeds import publish
from sync.hq.placing import new_store, stock_changes, stores
from sync.protocol import FactMessage
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import STAMP, TillAtHq, new_id

PLACES = (("S001", "z1", "store"), ("S002", "z1", "store"), ("W001", "z1", "warehouse"), ("W002", "z2", "warehouse"))


@pytest.fixture
def chain(hq_server: HqServer) -> HqServer:
    with hq_server.database.write(shared=True) as session:
        changes = [
            change
            for key, zone, kind in PLACES
            for change in new_store(session, StoreRow(id=key, name=key, zone=zone, kind=kind))
        ]
        publish(session, changes)
    return hq_server


def stock(server: HqServer, **pieces: int) -> None:
    """``stock(S002_A=3)``."""
    with server.database.write(shared=True) as session:
        rows = [StockRow(store=place.split("_")[0], sku=place.split("_")[1], qty=qty) for place, qty in pieces.items()]
        session.add_all(rows)
        session.flush()
        publish(session, stock_changes(session, [row.sku for row in rows], stores(session)))


def order(
    till: TillAtHq, *lines: tuple[str, int], number: str = "", expected: str | None = None
) -> tuple[FactMessage, str]:
    wanted = tuple(ValetLine(sku, sku, "", qty, 1000) for sku, qty in lines)
    share = Share("1", "G1", "selling", 10_000, 1000)
    made = ValetOrder(
        new_id(), number or f"S001-1-V{till.seq + 1}", datetime(2026, 11, 21, 14, tzinfo=UTC), "S001", wanted, 0, 1000,
        "G1", None, None, (share,), expected=expected,
    )  # fmt: skip
    return till.fact(VALET_ORDER_PLACED, valet_order_placed(made, None, STAMP)), made.id


@pytest.mark.parametrize(
    ("pieces", "wanted", "ships_from"),
    [
        ({"S002_A": 3}, [("A", 2)], "S002"),
        ({"S002_A": 1}, [("A", 2)], None),
        ({"S002_A": 9, "W001_A": 2}, [("A", 2)], "W001"),
        ({"S002_A": 9, "W002_A": 2}, [("A", 2)], "S002"),
        ({"S001_A": 5, "S002_A": 6}, [("A", 2)], "S002"),
        ({"S002_A": 3, "W001_B": 3}, [("A", 1), ("B", 1)], None),
        ({"S002_A": 3, "S002_B": 3, "W001_A": 9}, [("A", 1), ("B", 1)], "S002"),
        ({"W002_A": 3}, [("A", 2), ("A", 2)], None),
        ({"W002_A": 4}, [("A", 2), ("A", 2)], "W002"),
        ({}, [("A", 1)], None),
    ],
)
def test_where_an_order_ships_from(
    new_till: NewTill, chain: HqServer, pieces: dict[str, int], wanted: list[tuple[str, int]], ships_from: str | None
) -> None:
    till = new_till()
    stock(chain, **pieces)
    fact, order_id = order(till, *wanted)
    for outcome in ("applied", "duplicate"):
        assert till.codes(fact) == [(outcome, None)]
    answer = till.row("terminal:S001-1", "valet_outcome", order_id)
    assert (answer["state"], answer["ships_from"]) == ("confirmed" if ships_from else "rejected", ships_from)
    assert (answer["reason"], answer["order"]) == ("" if ships_from else "no_stock", order_id)
    with chain.database.read() as session:
        stored = session.exec(select(ValetOrderRow)).one()
        assert (stored.state, stored.ships_from) == (answer["state"], ships_from)
        left = {f"{row.store}_{row.sku}": row.qty for row in session.exec(select(StockRow))}
    taken = {f"{ships_from}_{sku}": sum(qty for one, qty in wanted if one == sku) for sku, _ in wanted}
    assert left == {place: qty - (taken.get(place, 0) if ships_from else 0) for place, qty in pieces.items()}


def test_stock_is_promised_once(new_till: NewTill, chain: HqServer) -> None:
    """Two orders for the last piece, in one batch."""
    till = new_till()
    stock(chain, W001_A=1)
    (first, first_id), (second, second_id) = order(till, ("A", 1)), order(till, ("A", 1))
    till.push(first, second)
    states = [till.row("terminal:S001-1", "valet_outcome", one)["state"] for one in (first_id, second_id)]
    assert states == ["confirmed", "rejected"]
    assert till.row("zone:z1", "stock", "A")["qty"] == {"W001": 0}


@pytest.mark.parametrize(
    ("expected", "state"), [("W001", "confirmed"), (None, "confirmed"), ("S002", "rerouted"), ("nowhere", "rerouted")]
)
def test_another_place_than_the_customer_was_told_of_is_said(
    new_till: NewTill, chain: HqServer, expected: str | None, state: str
) -> None:
    """An older till tells of none."""
    till = new_till()
    stock(chain, W001_A=2, S002_A=9)
    fact, order_id = order(till, ("A", 1), expected=expected)
    assert till.codes(fact) == [("applied", None)]
    answer = till.row("terminal:S001-1", "valet_outcome", order_id)
    assert (answer["state"], answer["ships_from"], answer["reason"]) == (state, "W001", "")
    with chain.database.read() as session:
        assert session.exec(select(ValetOrderRow.state)).one() == state


def test_who_has_none_is_not_another_place(new_till: NewTill, chain: HqServer) -> None:
    till = new_till()
    fact, order_id = order(till, ("A", 1), expected="S002")
    assert till.codes(fact) == [("applied", None)]
    assert till.row("terminal:S001-1", "valet_outcome", order_id)["state"] == "rejected"
