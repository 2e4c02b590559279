"""The store that every test of an action starts with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actions.kidswear import Shop, StandingClock, make_folder, open_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    clock = StandingClock()
    hq = make_folder(tmp_path, clock)
    opened = Shop(tmp_path, clock, hq, open_shop(tmp_path, clock))
    yield opened
    opened.till.close()
