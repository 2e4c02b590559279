"""Stores rung up under kill -9, again and again: ``make soak N=1000`` kills, ``SEED=...`` by the same plan.

A process is killed at a moment that the clock decides too, so a seed brings back the plan, not each instant.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from random import Random

import pytest

from tests.e2e.kills import OF_A_STORE, store_with_kills
from tests.e2e.store_run import StoreRun

DATA = Path(__file__).parents[1] / "data" / "small_store"


@pytest.mark.kill
def test_stores_rung_up_under_kills(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """T-1: replay, sync, window and HQ in turn; after each kill both files are whole, in the end HQ has all, once."""
    enrolled = StoreRun.new(DATA, tmp_path_factory.mktemp("store"))
    enrolled.warm = True
    kills, began, done = int(os.environ.get("POSCLIENT_N") or OF_A_STORE), time.monotonic(), 0
    while done < kills:
        share, chance = min(OF_A_STORE, kills - done), Random(seed + done)
        print(f"SEED={seed + done}", flush=True)
        sales = store_with_kills(enrolled.copy(tmp_path_factory.mktemp("run")), share, chance)
        done += share
        print(f"{done} kills in {time.monotonic() - began:.0f} s: {sales} sales here and at HQ, each once", flush=True)
