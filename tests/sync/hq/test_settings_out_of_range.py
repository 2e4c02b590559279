"""A number that tills take as not sent, since it is more than they go by, or none that they know."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.actions.shop_settings import read_shop_settings
from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, rows, run, write

MOST = {
    "max_coupons": 100, "own_guide_bp": 10_000, "points_per_yuan": 10_000, "discount_limit_bp": 10_000,
    "coupon_online_over": 10**11, "coupon_override_cap": 10**11, "points_for_yuan": 1_000_000,
    "points_step": 1_000_000, "cash_rounding": 100,
}  # fmt: skip


@pytest.mark.parametrize("name", MOST)
def test_it_is_told(hq_database: Database, tmp_path: Path, name: str) -> None:
    """``max_coupons`` 999, for any number, went in as good, and each sale took one coupon."""
    settings = f"store,name,value\n,{name},{MOST[name]}\nS001,{name},{MOST[name] + 1}\nS002,{name},-1\n"
    stores = FILES["stores"]
    _, faults = run(hq_database, write(tmp_path / "in", stores=stores, settings=settings))
    assert faults == [("settings.csv", line, "value", "out_of_range") for line in (3, 4)]
    assert rows(hq_database, "global")["setting", name]["value"] == MOST[name]
    default = read_shop_settings({})
    assert [read_shop_settings({name: value}) for value in (MOST[name] + 1, -1)] == [default, default]
