"""The whole of a real store: ``make real-store REAL_STORE=DIR``. Not part of the normal run.

``POSCLIENT_REAL_STORE`` names a folder with products.csv, members.csv, coupons.csv, baskets.csv and totals.csv;
``POSCLIENT_SEED`` repeats a run of the kills.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.store_run import StoreRun, killed_all_the_time, rung_up_offline, with_coupons

KILLS = 10


@pytest.fixture(scope="module")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> StoreRun:
    folder = os.environ.get("POSCLIENT_REAL_STORE")
    assert folder, "POSCLIENT_REAL_STORE names no folder"
    return StoreRun.new(Path(folder), tmp_path_factory.mktemp("store"))


@pytest.fixture
def run(enrolled: StoreRun, tmp_path: Path) -> StoreRun:
    return enrolled.copy(tmp_path)


def test_offline_then_sync(run: StoreRun) -> None:
    """Every basket is at HQ once, to the fen."""
    rung_up_offline(run)


@pytest.mark.kill
def test_ten_kills_each(run: StoreRun, seed: int) -> None:
    """Kill -9 at ten random moments during sales and at ten during sync."""
    print(f"SEED={seed}")
    killed_all_the_time(run, KILLS, seed)


def test_coupons(run: StoreRun) -> None:
    """No coupon is used twice, no total is higher than without."""
    assert with_coupons(run) > 0
