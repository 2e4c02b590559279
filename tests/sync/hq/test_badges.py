"""A guide's card has a number, and a spreadsheet does to it what it does to every long number."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, rows, run, write

STAFF = "id,store,name,badge,roles,pin\n"


@pytest.mark.parametrize("badge", ["10012345.0", "10012345.00", "8.80001E+11", "1.0012345E7"])
def test_a_badge_that_was_a_number_on_its_way_is_none(hq_database: Database, tmp_path: Path, badge: str) -> None:
    """Nobody would have that card: the guide's own says nothing at the counter, and no sale is theirs."""
    staff = f"{STAFF}G1,S001,一,{badge},guide,1234\nG2,S001,二,10012346,guide,1235\nG3,S001,三,,guide,1236\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=FILES["stores"], staff=staff))
    assert faults == [("staff.csv", 2, "badge", "rounded")]
    found = {key: data["badge"] for (table, key), data in rows(hq_database, "store:S001").items() if table == "staff"}
    assert found == {"G2": "10012346", "G3": ""}
