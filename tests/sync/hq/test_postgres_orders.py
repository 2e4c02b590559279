"""Valet orders on PostgreSQL: its sums are decimals, its indexes have no room for long texts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from posclient.domain.facts import VALET_ORDER_PLACED
from sync.hq.chain_tables import StoreRow
from sync.hq.feeds import publish
from sync.hq.placing import new_store
from sync.protocol import FactMessage
from tests.sync.conftest import HqServer
from tests.sync.hq.test_allowance_at_hq import FINE, OVER, allow, order
from tests.sync.hq.test_postgres import on_postgres, server  # noqa: F401  (fixtures)
from tests.sync.hq.test_valet_effect import stock
from tests.sync.hq.till_at_hq import TillAtHq


@pytest.fixture
def till(server: HqServer) -> Iterator[TillAtHq]:  # noqa: F811
    """Of a chain with a warehouse that has 50 pieces of A."""
    with server.database.write(shared=True) as session:
        publish(session, new_store(session, StoreRow(id="W001", name="W001", zone="z1", kind="warehouse")))
    stock(server, W001_A=50)
    made = TillAtHq(server.url, server.code())
    yield made
    made.close()


def odd_order(till: TillAtHq, **odd: Any) -> FactMessage:
    shown = json.loads(order(till, 0).body)
    till.seq, till.previous = 0, till.before
    return till.fact(VALET_ORDER_PLACED, shown | odd)


def test_more_than_a_guide_may_give_is_marked(till: TillAtHq, server: HqServer) -> None:  # noqa: F811
    """G2: the order is routed, and its stock taken, as on SQLite."""
    allow(server, 1000)
    assert till.codes(order(till, 600)) == FINE
    late = order(till, 600)
    assert till.codes(late) == OVER
    told = till.row(f"terminal:{till.me.terminal}", "fact_outcome", late.id)
    assert (told["detail"]["given"], told["detail"]["allowed"]) == (1200, 1000)
    assert till.row("zone:z1", "stock", "A")["qty"] == {"W001": 48}


def test_an_order_whose_time_no_index_has_room_for(till: TillAtHq) -> None:
    """T-18: it would be refused with each batch that it is in, for ever."""
    batch = [odd_order(till, at=secrets.token_hex(2000)), till.sale()]
    assert [outcome for outcome, _ in till.codes(*batch)] == ["quarantined", "applied"]


def test_an_order_of_more_articles_than_a_statement_takes(till: TillAtHq) -> None:
    """T-18: PostgreSQL takes 65,535 values at once. Nobody has all of these."""
    lines = [{"sku": f"X{number}", "name": "", "qty": 1, "price": 1} for number in range(70_000)]
    batch = [odd_order(till, lines=lines), till.sale()]
    assert till.codes(*batch) == [("applied", None), ("applied", None)]
