"""Coupons go over from members without a home store, as their codes do: they leave every store's feed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.published_rows import MOST, published
from tests.sync.hq.test_everywhere import MEMBERS, STORES, stores
from tests.sync.hq.test_import_folder import rows, run, write

__all__ = ["published"]


@pytest.mark.parametrize("strict", [False, True])
def test_no_transaction_publishes_all_coupons_that_change_hands(
    hq_database: Database, tmp_path: Path, published: list[int], strict: bool
) -> None:
    """As where the chain finds that members of its online shop are members of its stores, and names their coupons by
    the codes that went over: 2,000 rows of a file were 8,000,000 rows of feeds in one transaction.
    """
    header = "id,code,phone,home_store\n"
    online = header + "".join(f"E{n},C{n},{13900000000 + n},\n" for n in range(MEMBERS))
    coupons = "id,member,kind,amount\n" + "".join(f"K{n},C{n},amount_off,100\n" for n in range(MEMBERS))
    run(hq_database, write(tmp_path / "in", stores=stores(1), members=online, coupons=coupons))
    at_home = header + "".join(f"M{n},C{n},{13900000000 + n},S1\n" for n in range(MEMBERS))
    run(hq_database, write(tmp_path / "united", members=at_home))
    published.clear()
    run(hq_database, write(tmp_path / "coupons", coupons=coupons), strict)
    assert max(published) <= MOST + STORES
    here = {key: row["member"] for (table, key), row in rows(hq_database, "store:S1").items() if table == "coupon"}
    assert here == {f"K{n}": f"M{n}" for n in range(MEMBERS)}
