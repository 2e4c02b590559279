"""The console over a real HQ, which has something to show."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hq import administrators
from sync.hq.database import open_database
from sync.hq.server import Server
from sync.hq.service import Hq
from sync.signing import Signer
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import Visitor, fill


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a try costs is no behaviour; the real cost would be most of these tests' time."""
    monkeypatch.setattr(administrators, "COST", (2**8, 8, 1))


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Signer]:
    """HQ's file to copy, and what S001-1 signs with."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as cheap:
        cheap.setattr(administrators, "COST", (2**8, 8, 1))
        database = open_database(f"sqlite:///{folder}/hq.db")
        hq = Hq(database)
        server = Server(hq)
        server.start()
        signer = fill(HqServer(server.url, hq, database, server), folder / "chain")
        server.stop()
        database.close()
    return folder / "hq.db", signer


@pytest.fixture
def hq_server(filled: tuple[Path, Signer], tmp_path: Path) -> Iterator[HqServer]:
    """A running HQ of its own."""
    shutil.copy(filled[0], tmp_path / "hq.db")
    database = open_database(f"sqlite:///{tmp_path}/hq.db")
    hq = Hq(database)
    server = Server(hq)
    server.start()
    yield HqServer(server.url, hq, database, server)
    server.stop()
    database.close()


@pytest.fixture
def till(filled: tuple[Path, Signer], hq_server: HqServer) -> Iterator[HttpHq]:
    """S001-1's line."""
    with HttpHq(hq_server.url, filled[1]) as line:
        yield line


@pytest.fixture
def visitor(hq_server: HqServer) -> Iterator[Visitor]:
    """Not logged in yet."""
    with Visitor(base_url=hq_server.url) as made:
        yield made
