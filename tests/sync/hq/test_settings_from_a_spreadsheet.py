"""Settings that a spreadsheet has saved."""

from __future__ import annotations

from pathlib import Path

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, rows, run, write


def test_a_switch_in_capitals_is_a_switch(hq_database: Database, tmp_path: Path) -> None:
    """It writes TRUE for what was opened or typed as true; nobody could say a switch with one."""
    settings = "store,name,value\n,stored_value,TRUE\nS001,coupon_leases,FALSE\n,x,True\n"
    report, faults = run(hq_database, write(tmp_path / "in", stores=FILES["stores"], settings=settings))
    assert faults == [("settings.csv", 4, "value", "not_json")]
    assert report.files["settings.csv"].good == 2
    assert rows(hq_database, "global")["setting", "stored_value"]["value"] is True
    assert rows(hq_database, "store:S001")["setting", "S001/coupon_leases"]["value"] is False
