"""Where the many small disks are, and how many."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from posclient.domain import pins
from tests.actions import kidswear
from tests.crash.disk import unsynced

#: Crash states of one ``make test``; ``make crash N=100000`` asks for more.
FEW = 120


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder where nothing waits for the disk."""
    folder = Path(mkdtemp(prefix="posclient-crash-")).resolve()
    with unsynced():
        yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _cheap_pins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A till is opened thousands of times here, and a PIN is meant to cost 50 ms."""
    kidswear.pin_hash.cache_clear()
    monkeypatch.setattr(pins, "COST_N", 2)
    yield
    kidswear.pin_hash.cache_clear()


@pytest.fixture
def states() -> int:
    return int(os.environ.get("POSCLIENT_N") or FEW)
