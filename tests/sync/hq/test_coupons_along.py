"""A member who gets another home takes their coupons along: each is in as many feeds as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.published_rows import MOST, published
from tests.sync.hq.test_import_folder import PRODUCTS, A, rows, run, write

__all__ = ["published"]

STORES, MEMBERS, COUPONS = 40, 30, 10


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("first", "then"), [("", "S1"), ("S1", ""), ("S1", "S2")])
def test_no_transaction_moves_the_coupons_of_many_members(
    hq_database: Database, published: list[int], tmp_path: Path, first: str, then: str, strict: bool
) -> None:
    stores = "id,name,zone\n" + "".join(f"S{n},x,z1\n" for n in range(1, STORES + 1))
    people = "code,phone,home_store\n" + "".join(f"C{n},{13900000000 + n},HOME\n" for n in range(MEMBERS))
    coupons = "".join(f"K{n},C{n % MEMBERS},amount_off,100\n" for n in range(MEMBERS * COUPONS))
    files = write(tmp_path / "in", stores=stores, members=people.replace("HOME", first), products=PRODUCTS + A)
    run(hq_database, write(files, coupons=f"id,member,kind,amount\n{coupons}"))
    published.clear()
    run(hq_database, write(tmp_path / "moved", members=people.replace("HOME", then)), strict)
    assert max(published) <= MOST
    for store in ("S2", f"S{STORES}"):
        there = MEMBERS * COUPONS if then in {"", store} else 0
        assert len([key for key in rows(hq_database, f"store:{store}") if key[0] == "coupon"]) == there
