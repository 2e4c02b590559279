"""Where the many small disks are, and how many."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

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


@pytest.fixture
def states() -> int:
    return int(os.environ.get("POSCLIENT_N") or FEW)
