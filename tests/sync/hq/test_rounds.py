"""The daily rounds of HQ: what keeps one from its work keeps no other."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from sync.hq.pruning import Pruner
from tests.sync.hq.test_retiring import coupons, live, shop
from tests.sync.tills import Chain

__all__ = ["shop"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_rows_that_are_over_go_where_tombstones_cannot(shop: Chain, caplog: pytest.LogCaptureFixture) -> None:
    """A round of tombstones that meets an error ended the round of rows that are over, each day."""
    coupons(shop, range(2))
    pruner = Pruner(shop.database, shop.clock, shop.hq.metrics)
    pruner._round()
    rename(shop, "tombstone_mark", "away")
    shop.clock.forward(days=31)
    pruner._round()
    rename(shop, "away", "tombstone_mark")
    assert live(shop) == []
    assert [one.levelname for one in caplog.records if one.name == "sync.hq.pruning"].count("WARNING") == 1
    caplog.clear()


def rename(chain: Chain, table: str, name: str) -> None:
    with chain.database.write() as session:
        session.connection().execute(text(f"ALTER TABLE {table} RENAME TO {name}"))
