"""A store with three tills and a hub."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.hq.database import open_database
from tests.sync.hub.shop import Shop, free_port
from tests.sync.tills import Chain, HandClock, TillFolder, tiers


@pytest.fixture(scope="session")
def loaded_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to copy: HQ's ``hq.db`` and three tills of S001, loaded, who know that S001-1 is their hub."""
    folder = tmp_path_factory.mktemp("shop")
    database = open_database(f"sqlite:///{folder}/hq.db")
    chain = Chain(database, HandClock(datetime.now(UTC)))
    chain.publish(*tiers(range(10)))
    tills = [TillFolder(chain, folder / f"till{slot}", chain.code("S001", slot)) for slot in (1, 2, 3)]
    chain.hq.hubs.appoint("S001", "S001-1", f"127.0.0.1:{free_port()}")
    for till in tills:
        assert till.cycle().error is None
        till.close()
    database.close()
    return folder


@pytest.fixture
def shop(loaded_shop: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    shutil.copytree(loaded_shop, tmp_path, dirs_exist_ok=True)
    made = Shop(request.getfixturevalue("hq_server"), tmp_path)
    yield made
    made.close()
