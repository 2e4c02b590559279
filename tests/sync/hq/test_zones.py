"""Several new zones in one file of stores: each begins with the prices of the chain's first one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import PRODUCTS, A, rows, run, write

STORES = "id,name,zone\n"


@pytest.mark.parametrize("strict", [False, True])
def test_stores_after_products_bring_prices_to_all_their_zones(
    hq_database: Database, tmp_path: Path, strict: bool
) -> None:
    """T-25: the products came first, from another system; tills of the second zone had nothing to sell."""
    run(hq_database, write(tmp_path / "products", products=PRODUCTS + A))
    stores = f"{STORES}S001,一店,bj\nS002,二店,sh\nS003,三店,gz\n"
    run(hq_database, write(tmp_path / "stores", stores=stores), strict)
    for zone in ("bj", "sh", "gz"):
        assert rows(hq_database, f"zone:{zone}")["price", "A"]["price"] == 25900


def test_two_new_regions_open_at_once(hq_database: Database, tmp_path: Path) -> None:
    """The first new one comes before the old one in the alphabet, and has no prices yet."""
    run(hq_database, write(tmp_path / "all", stores=f"{STORES}S001,一店,sh\n", products=PRODUCTS + A))
    run(hq_database, write(tmp_path / "new", stores=f"{STORES}S002,二店,bj\nS003,三店,gz\n"))
    for zone in ("bj", "gz"):
        assert rows(hq_database, f"zone:{zone}")["price", "A"]["price"] == 25900


def test_an_old_store_moves_while_a_new_region_opens(hq_database: Database, tmp_path: Path) -> None:
    run(hq_database, write(tmp_path / "all", stores=f"{STORES}S001,一店,z1\n", products=PRODUCTS + A))
    run(hq_database, write(tmp_path / "new", stores=f"{STORES}S001,一店,bj\nS002,二店,gz\n"))
    for zone in ("bj", "gz"):
        assert rows(hq_database, f"zone:{zone}")["price", "A"]["price"] == 25900
