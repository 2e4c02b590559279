"""A chain is divided into zones: a store takes its stock along, and its row of a file is thousands of rows of feeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.published_rows import MOST, published
from tests.sync.hq.test_import_folder import PRODUCTS, rows, run, write

__all__ = ["published"]

STORES, SKUS = 10, 100


@pytest.mark.parametrize("strict", [False, True])
def test_no_transaction_moves_the_stock_of_a_whole_chain(
    hq_database: Database, tmp_path: Path, published: list[int], strict: bool
) -> None:
    """2,000 stores with 3,000 articles each were one transaction, for which all tills waited."""
    places = [f"S{n}" for n in range(STORES)]
    stores = "id,name,zone\nNEW,x,z2\n" + "".join(f"{one},x,z1\n" for one in places)
    products = PRODUCTS + "".join(f"P{n},,x,,,,,100,,,,,0\n" for n in range(SKUS))
    stock = "store,sku,qty\n" + "".join(f"{one},P{n},7\n" for one in places for n in range(SKUS))
    run(hq_database, write(tmp_path / "in", stores=stores, products=products, stock=stock))
    published.clear()
    run(hq_database, write(tmp_path / "zones", stores=stores.replace("z1", "z2")), strict)
    assert max(published) <= 2 * MOST
    found = rows(hq_database, "zone:z2")
    assert found["stock", "P0"]["qty"] == dict.fromkeys(places, 7)
    assert not [key for key in rows(hq_database, "zone:z1") if key[0] == "stock"]
