"""``lease_days`` under which no lease is any good."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.leases import coupon, member, settings
from tests.sync.hq.test_import_folder import FILES, rows, run, write
from tests.sync.tills import Chain, TillFolder


@pytest.mark.parametrize("days", ["0", "-7", "3651", "99999999"])
def test_it_is_told(hq_database: Database, tmp_path: Path, days: str) -> None:
    """0, for no leases, brought every store's feed a row for each coupon at every contact, and 99999999 ended each."""
    folder = write(tmp_path / "in", stores=FILES["stores"], settings=f"store,name,value\n,lease_days,{days}\n")
    _, faults = run(hq_database, folder)
    assert faults == [("settings.csv", 2, "value", "out_of_range")]


@pytest.mark.parametrize("days", [1, 3650])
def test_what_is_taken_comes_to_rest(
    chain: Chain, till: TillFolder, hq_database: Database, tmp_path: Path, days: int
) -> None:
    folder = write(tmp_path / "in", stores=FILES["stores"], settings=f"store,name,value\n,lease_days,{days}\n")
    assert run(hq_database, folder)[1] == []
    assert rows(hq_database, "global")["setting", "lease_days"]["value"] == days
    settings(chain, coupon_leases=True, lease_days=days)
    member(chain)
    coupon(chain)
    assert till.cycle().error is None
    head = till.rows("SELECT version FROM feed_cursor WHERE feed = 'store:S001'")
    for _ in range(3):
        chain.clock.forward(minutes=16)
        assert till.cycle().error is None
    assert till.rows("SELECT version FROM feed_cursor WHERE feed = 'store:S001'") == head
