"""HQ and a till for the fuzz: the same fixtures as for sync's own tests. A failure says how to see it again."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterator
from random import Random

import pytest

from tests.fuzz.runs import PLACE
from tests.sync.conftest import chain, empty_hq, hq_database, hq_server, loaded_chain, till

__all__ = ["chain", "empty_hq", "hq_database", "hq_server", "loaded_chain", "till"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        if report.failed and PLACE.at is not None:
            report.sections.append((f"{item.name}, to see it again", str(PLACE)))
        PLACE.at = None
    return report


@pytest.fixture(autouse=True)
def _ids_by_the_seed() -> Iterator[None]:
    """Tokens, ids and keys that are made on the way are the same when a run is repeated."""
    chance = Random(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_bytes", lambda n=32: chance.randbytes(n))
        patch.setattr(secrets, "token_hex", lambda n=32: chance.randbytes(n).hex())
        patch.setattr(secrets, "token_urlsafe", lambda n=32: chance.randbytes(n).hex())
        yield
