"""A small part of a real store, rung up offline and synced, by the programs that people start.

The whole of one: make real-store.
"""

from __future__ import annotations

import pytest

from tests.e2e.store_run import StoreRun, killed_all_the_time, rung_up_offline, with_coupons


@pytest.mark.slow
def test_offline_all_day_then_sync(run: StoreRun) -> None:
    """T-3: every basket is at HQ once, to the fen."""
    rung_up_offline(run)


@pytest.mark.slow
@pytest.mark.kill
def test_killed_at_random_moments(run: StoreRun, seed: int) -> None:
    """T-1: kill -9 during sales and during sync: nothing lost, nothing doubled."""
    print(f"SEED={seed}")
    killed_all_the_time(run, 3, seed)


@pytest.mark.slow
def test_coupons_are_used_once(run: StoreRun) -> None:
    """T-41: no coupon is used twice, no total is higher than without."""
    assert with_coupons(run) > 0
