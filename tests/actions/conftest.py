"""The store that every test of an action starts with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actions.kidswear import Hq, Shop, StandingClock, make_folder, open_shop


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Hq:
    """The store's data folder, made once; each test has a copy."""
    return make_folder(tmp_path_factory.mktemp("kidswear"), StandingClock())


@pytest.fixture
def shop(furnished: Hq, tmp_path: Path) -> Iterator[Shop]:
    clock = StandingClock()
    hq = furnished.copied(tmp_path, clock)
    opened = Shop(tmp_path, clock, hq, open_shop(tmp_path, clock))
    yield opened
    opened.till.close()
