"""Codes go over from members without a home store: their rows change in every store's feed, in the file or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.published_rows import MOST, published
from tests.sync.hq.test_everywhere import MEMBERS, STORES, stores
from tests.sync.hq.test_import_folder import rows, run, write

__all__ = ["published"]


@pytest.mark.parametrize("strict", [False, True])
def test_no_transaction_publishes_all_who_lose_their_codes(
    hq_database: Database, tmp_path: Path, published: list[int], strict: bool
) -> None:
    """As where the chain finds that members of its online shop are members of its stores: 2,000 rows of a file were
    8,000,000 rows of feeds in one transaction.
    """
    header = "id,code,phone,home_store\n"
    online = header + "".join(f"E{n},C{n},{13900000000 + n},\n" for n in range(MEMBERS))
    run(hq_database, write(tmp_path / "in", stores=stores(1), members=online))
    published.clear()
    at_home = header + "".join(f"M{n},C{n},{13900000000 + n},S1\n" for n in range(MEMBERS))
    run(hq_database, write(tmp_path / "united", members=at_home), strict)
    assert max(published) <= MOST + STORES
    codes = {key: row["code"] for (table, key), row in rows(hq_database, "store:S1").items() if table == "member"}
    assert codes == {f"E{n}": f"E{n}" for n in range(MEMBERS)} | {f"M{n}": f"C{n}" for n in range(MEMBERS)}
