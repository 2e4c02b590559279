"""A real HQ for tests: its own SQLite file, a real uvicorn on a free port of this machine."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn.server

from sync.hq import enrolment, snapshots
from sync.hq.database import Database, open_database
from sync.hq.feeds import Change, publish
from sync.hq.server import Server
from sync.hq.service import Hq
from tests.sync.tills import Chain, TillFolder, tiers


@dataclass
class HqServer:
    """A running HQ: ``url`` for tills, ``hq`` and ``database`` to look behind the counter."""

    url: str
    hq: Hq
    database: Database
    server: Server

    def code(self, store: str = "S001", slot: int | None = None) -> str:
        """A fresh enrolment code; makes the store if it is new."""
        return self.hq.enrolment_code(store, slot)[1]

    def publish(self, *changes: Change) -> None:
        """Change rows of feeds as HQ itself would."""
        with self.database.write() as session:
            publish(session, changes)


class _Hasty:
    """asyncio, whose seconds are a tenth as long."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / 10)


@pytest.fixture(scope="session", autouse=True)
def _ends_soon() -> Iterator[None]:
    """Uvicorn looks ten times a second whether it is to end, and waits a tenth of one for lines to close. Hundreds of
    tests have a server each: here it looks a hundred times.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uvicorn.server, "asyncio", _Hasty())
        yield


@pytest.fixture(scope="session")
def empty_hq(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HQ's file to copy, with its tables and nothing in them: to make forty-odd tables takes longer than many tests."""
    file = tmp_path_factory.mktemp("empty") / "hq.db"
    open_database(f"sqlite:///{file}").close()
    return file


@contextmanager
def serving(database: Database) -> Iterator[HqServer]:
    """HQ over this database, running."""
    hq = Hq(database)
    server = Server(hq)
    server.start()
    yield HqServer(server.url, hq, database, server)
    server.stop()


@pytest.fixture
def hq_database(empty_hq: Path, tmp_path: Path) -> Iterator[Database]:
    """A new SQLite file with HQ's tables, unless the test has one there."""
    if not (tmp_path / "hq.db").exists():
        shutil.copy(empty_hq, tmp_path / "hq.db")
    database = open_database(f"sqlite:///{tmp_path}/hq.db")
    yield database
    database.close()


@pytest.fixture
def hq_server(hq_database: Database) -> Iterator[HqServer]:
    """A running HQ without any data."""
    with serving(hq_database) as running:
        yield running


@pytest.fixture(scope="module")
def common_hq(empty_hq: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HqServer]:
    """One for all tests of a module that have stores of their own there: a start takes longer than many of them."""
    file = tmp_path_factory.mktemp("common") / "hq.db"
    shutil.copy(empty_hq, file)
    database = open_database(f"sqlite:///{file}")
    with serving(database) as running:
        yield running
    database.close()


@pytest.fixture
def cheap_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a try of an enrolment code costs HQ is no behaviour. Only where no other process tries the codes."""
    monkeypatch.setattr(enrolment, "COST_N", 2)


@pytest.fixture(scope="session")
def loaded_chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to copy: HQ's ``hq.db`` with ten tiers, and ``till``, enrolled as S001-1 and loaded."""
    folder = tmp_path_factory.mktemp("loaded")
    database = open_database(f"sqlite:///{folder}/hq.db")
    chain = Chain(database)
    chain.publish(*tiers(range(10)))
    till = TillFolder(chain, folder / "till", chain.code())
    report = till.cycle()
    assert (report.error, report.held) == (None, ())
    till.close()
    database.close()
    return folder


@pytest.fixture
def chain(loaded_chain: Path, tmp_path: Path) -> Iterator[Chain]:
    """An HQ in this process, with ten tiers and one terminal."""
    shutil.copytree(loaded_chain, tmp_path, dirs_exist_ok=True)
    database = open_database(f"sqlite:///{tmp_path}/hq.db")
    yield Chain(database)
    database.close()


@pytest.fixture
def till(chain: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    """The till of ``chain``, loaded."""
    opened = TillFolder(chain, tmp_path / "till")
    yield opened
    opened.close()


@pytest.fixture
def fetched(till: TillFolder) -> list[tuple[str, int]]:
    """Snapshot and number of each chunk that came, in order."""
    came: list[tuple[str, int]] = []
    chunk = till.line.chunk

    def noted(snapshot: str, n: int) -> bytes:
        packed = chunk(snapshot, n)
        came.append((snapshot, n))
        return packed

    till.line.chunk = noted  # type: ignore[method-assign]
    return came


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """HQ closes a chunk of a feed after each piece, so that a few hundred rows are several."""
    monkeypatch.setattr(snapshots, "_PIECE", 4000)
    monkeypatch.setattr(snapshots, "MOST_PLAIN", 1)
