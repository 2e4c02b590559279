"""A setting that nobody goes by is told; misspelt, the chain sold on by the default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from posclient.actions.shop_settings import read_shop_settings
from posclient.domain.offline_limits import read_hours
from sync.hq import escrow, over, pruning
from sync.hq.database import Database
from sync.hq.imports.rules import _SETTINGS
from tests.sync.hq.test_import_folder import FILES, rows, run, write


class Asked(dict[str, Any]):
    """Keeps what a till asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return default


def test_what_tills_and_hq_go_by_is_known() -> None:
    asked = Asked()
    read_shop_settings(asked)
    read_hours(asked)
    of_hq = {
        "lease_days",
        "points_offline",
        over.SETTING,
        pruning.SETTING,
        *(name for name, _ in escrow.QUOTAS.values()),
    }
    assert asked.names | of_hq == _SETTINGS


@pytest.mark.parametrize(
    ("store", "name", "place"),
    [
        ("", "max_coupns", "name max_coupns (max_coupons?)"),
        ("S001", "Cash_Rounding", "name Cash_Rounding (cash_rounding?)"),
        ("", "S001/max_coupons", "name S001/max_coupons (max_coupons?)"),  # S001's till could not take both
        ("", "store_hub", "name store_hub"),
        ("S002", "zzz", "name zzz"),
    ],
)
def test_a_setting_that_is_none(hq_database: Database, tmp_path: Path, store: str, name: str, place: str) -> None:
    settings = f"store,name,value\n{store},{name},2\n,max_coupons,2\nS001,max_coupons,3\n"
    _, faults = run(hq_database, write(tmp_path / "in", stores=FILES["stores"], settings=settings))
    assert faults == [("settings.csv", 2, place, "unknown_setting")]
    assert [key for key in rows(hq_database, "global") if key[0] == "setting"] == [("setting", "max_coupons")]
