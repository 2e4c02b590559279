"""Settings that a spreadsheet has saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.actions.shop_settings import ShopSettings, read_shop_settings
from sync.hq.database import Database
from sync.hq.imports import rules
from tests.sync.hq.test_import_folder import FILES, rows, run, write


def test_a_switch_in_capitals_is_a_switch(hq_database: Database, tmp_path: Path) -> None:
    """It writes TRUE for what was opened or typed as true; nobody could say a switch with one."""
    settings = "store,name,value\n,stored_value,TRUE\nS001,coupon_leases,FALSE\n,x,True\n"
    report, faults = run(hq_database, write(tmp_path / "in", stores=FILES["stores"], settings=settings))
    assert faults == [("settings.csv", 4, "value", "not_json")]
    assert report.files["settings.csv"].good == 2
    assert rows(hq_database, "global")["setting", "stored_value"]["value"] is True
    assert rows(hq_database, "store:S001")["setting", "S001/coupon_leases"]["value"] is False


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("stored_value", "1", "not_a_flag"),
        ("coupon_leases", '"""true"""', "not_a_flag"),
        ("discount_limit_bp", "1000.0", "not_whole"),
        ("discount_limit_bp", '"""1000"""', "not_whole"),
        ("lease_days", "null", "not_whole"),
        ("max_coupons", "true", "not_whole"),
    ],
)
def test_a_value_that_no_till_takes_is_told(
    hq_database: Database, tmp_path: Path, name: str, value: str, code: str
) -> None:
    """It went in as good, and did nothing: cashiers gave any discount under a limit of 10 % that was 1000.0."""
    settings = f"store,name,value\n,{name},{value}\n,return_rules,1\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=FILES["stores"], settings=settings))
    assert faults == [("settings.csv", 2, "value", code)]
    assert [key for key in rows(hq_database, "global") if key[0] == "setting"] == [("setting", "return_rules")]


def test_kinds_of_settings_are_those_that_tills_know() -> None:
    """A till takes the other kind of each of these as not sent."""
    given = read_shop_settings(dict.fromkeys(rules._SWITCHES, True) | dict.fromkeys(rules._NUMBERS, 1))
    other = read_shop_settings(dict.fromkeys(rules._SWITCHES, 1) | dict.fromkeys(rules._NUMBERS, 1.0))
    assert (given.stored_value, given.coupon_leases, given.guide_required, given.discount_limit_bp) == (
        True, True, True, 1,
    )  # fmt: skip
    assert other == ShopSettings()
