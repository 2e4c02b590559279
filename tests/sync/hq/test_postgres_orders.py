"""Valet orders on PostgreSQL, whose sums are decimals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.hq.chain_tables import StoreRow
from sync.hq.feeds import publish
from sync.hq.placing import new_store
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


def test_more_than_a_guide_may_give_is_marked(till: TillAtHq, server: HqServer) -> None:  # noqa: F811
    """G2: the order is routed, and its stock taken, as on SQLite."""
    allow(server, 1000)
    assert till.codes(order(till, 600)) == FINE
    late = order(till, 600)
    assert till.codes(late) == OVER
    told = till.row(f"terminal:{till.me.terminal}", "fact_outcome", late.id)
    assert (told["detail"]["given"], told["detail"]["allowed"]) == (1200, 1000)
    assert till.row("zone:z1", "stock", "A")["qty"] == {"W001": 48}
