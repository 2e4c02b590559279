"""Members without a home store are in every store's feed: a few rows of a file are millions of rows of feeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.published_rows import MOST, published
from tests.sync.hq.test_import_folder import PRODUCTS, A, rows, run, write

__all__ = ["published"]

STORES, MEMBERS = 40, 60


def stores(first: int, zone: str = "z1") -> str:
    return "id,name,zone\n" + "".join(f"S{first + n},x,{zone}\n" for n in range(STORES))


def members(header: str, rest: str, count: int = MEMBERS) -> str:
    return f"code,phone{header}\n" + "".join(f"C{n},{13900000000 + n}{rest}\n" for n in range(count))


@pytest.mark.parametrize("strict", [False, True])
def test_no_transaction_publishes_a_whole_chain(
    hq_database: Database, tmp_path: Path, published: list[int], strict: bool
) -> None:
    """2,000 members at 4,000 stores were one transaction of 8,000,000 rows: 9 GB, and no sale for four minutes."""
    files = write(tmp_path / "in", stores=stores(1), members=members("", ""), products=PRODUCTS + A)
    coupons = "id,member,kind,amount\n" + "".join(f"K{n},C{n},amount_off,100\n" for n in range(MEMBERS))
    run(hq_database, write(files, coupons=coupons), strict)
    assert max(published) <= MOST + STORES
    for home in (",home_store", ""):  # they get a home store, and their rows leave all the others; and nothing changes
        run(hq_database, write(tmp_path / "again", members=members(home, ",S1" if home else "")), strict)
    run(hq_database, write(tmp_path / "again", members=members(",home_store", ",")), strict)
    assert max(published) <= 2 * MOST + 2 * STORES  # their coupons go along
    for store in ("S1", f"S{STORES}"):
        assert len([key for key in rows(hq_database, f"store:{store}") if key[0] == "member"]) == MEMBERS


def test_new_stores_get_their_members_store_by_store(
    hq_database: Database, tmp_path: Path, published: list[int]
) -> None:
    run(hq_database, write(tmp_path / "in", stores=stores(1), members=members("", ""), products=PRODUCTS + A))
    published.clear()
    run(hq_database, write(tmp_path / "new", stores=stores(STORES + 1, "z2")))
    assert max(published) <= MOST + MEMBERS + STORES
    assert rows(hq_database, "zone:z2")["price", "A"]["price"] == 25900
    assert len([key for key in rows(hq_database, f"store:S{2 * STORES}") if key[0] == "member"]) == MEMBERS


def test_members_of_stores_are_as_many_at_once_as_before(
    hq_database: Database, tmp_path: Path, published: list[int]
) -> None:
    at_home = members(",home_store", ",S1", count=400)
    run(hq_database, write(tmp_path / "in", stores=stores(1), members=at_home))
    run(hq_database, write(tmp_path / "again", members=members(",name", ",王", count=400)))
    assert published == [STORES, 400, 400]


def test_products_of_a_chain_with_many_zones(hq_database: Database, tmp_path: Path, published: list[int]) -> None:
    """Each has a price in each of them: 2,000 at 300 zones are 600,000 rows."""
    places = "id,name,zone\n" + "".join(f"S{n},x,z{n}\n" for n in range(STORES))
    products = PRODUCTS + "".join(f"P{n},,x,,,,,100,,,,,0\n" for n in range(100))
    run(hq_database, write(tmp_path / "in", stores=places, products=products))
    assert max(published) <= MOST
    for zone in ("z0", f"z{STORES - 1}"):
        assert len(rows(hq_database, f"zone:{zone}")) == 100
