"""The small store, imported, enrolled and loaded once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.store_run import StoreRun

DATA = Path(__file__).parents[1] / "data" / "small_store"


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> StoreRun:
    return StoreRun.new(DATA, tmp_path_factory.mktemp("store"))


@pytest.fixture
def run(enrolled: StoreRun, tmp_path: Path) -> StoreRun:
    """A copy, to do something with."""
    return enrolled.copy(tmp_path)
