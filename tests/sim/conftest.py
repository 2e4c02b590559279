"""The chain to copy, once a session; and how many schedules."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from posclient.db import loading
from posclient.domain import pins
from sync.hq import enrolment
from tests.crash.disk import unsynced
from tests.sim.chain_to_copy import make_chain
from tests.sim.deaths import Deaths, counting

#: Schedules of one ``make test``; ``make sim N=100000`` asks for more.
FEW = 8


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder where nothing waits for the disk, with the chain to copy in ``chain``."""
    with (
        unsynced(),
        TemporaryDirectory(prefix="posclient-sim-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(pins, "COST_N", 2)  # people log in after each restart
        patch.setattr(enrolment, "COST_N", 2)
        (Path(folder) / "chain").mkdir()
        make_chain(Path(folder) / "chain")
        yield Path(folder)


@pytest.fixture(autouse=True, scope="module")
def _rarely_collected() -> Iterator[None]:
    """What is alive at the start stays so: to go through it again and again takes a tenth of a long run."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.fixture
def deaths(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deaths]:
    """Statements are counted, and a cache is built in this process: a child would take half a second each time."""
    monkeypatch.setattr(
        loading,
        "build",
        lambda folder, stores, now, own, gone: loading.make(
            folder, list(stores), int(now.timestamp() * 1000), own.key, gone
        ),
    )
    with counting() as counted:
        yield counted


@pytest.fixture
def schedules() -> int:
    return int(os.environ.get("POSCLIENT_N") or FEW)
