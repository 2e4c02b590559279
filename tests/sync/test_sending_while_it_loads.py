"""A load of whole feeds may take an hour on a slow line: what is sold meanwhile is sent meanwhile (G-7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.hq.database import Database
from sync.hq.fact_tables import SaleRow
from sync.hq.tables import SnapshotChunk
from tests.sync.tills import Chain, HandClock, TillFolder, stored, tiers, unreachable


@pytest.fixture
def chain(hq_database: Database, small_chunks: None) -> Chain:
    """600 tiers in several chunks."""
    made = Chain(hq_database, HandClock())
    made.publish(*tiers(range(600)))
    return made


@pytest.fixture
def till(chain: Chain, tmp_path: Path) -> Iterator[TillFolder]:
    """Enrolled, nothing loaded yet."""
    opened = TillFolder(chain, tmp_path / "till", chain.code())
    yield opened
    opened.close()


def sells_with_each_chunk(till: TillFolder, waits: list[int]) -> Callable[[str, Callable[[], Any]], Any]:
    """Somebody sells while each chunk comes; ``waits``: how many facts were unsent as it was asked for."""

    def meddle(call: str, go: Callable[[], Any]) -> Any:
        if call == "chunk":
            waits.append(till.unsent())
            till.sale()
        return go()

    return meddle


def test_sales_are_sent_between_two_chunks(till: TillFolder, chain: Chain) -> None:
    waits: list[int] = []
    till.line.meddle = sells_with_each_chunk(till, waits)
    report = till.cycle()
    assert report.error is None
    assert len(waits) > 5
    assert max(waits) == 0
    assert report.outcomes == {"applied": len(waits) - report.unsent}
    till.line.meddle = lambda _call, go: go()
    assert till.cycle().unsent == 0
    assert len(stored(chain, SaleRow)) == len(waits)


def chunks_of(chain: Chain) -> int:
    """As many as HQ has made, for this till alone."""
    return len(stored(chain, SnapshotChunk))


def test_a_push_that_fails_there_costs_no_chunk(till: TillFolder, chain: Chain) -> None:
    """The next cycle goes on with both."""
    waits: list[int] = []
    sells = sells_with_each_chunk(till, waits)

    def meddle(call: str, go: Callable[[], Any]) -> Any:
        if call == "push" and len(waits) == 3:
            raise unreachable()
        return sells(call, go)

    till.line.meddle = meddle
    report = till.cycle()
    assert (report.error is None, report.unsent, len(waits)) == (False, 1, 3)
    till.line.meddle = lambda _call, go: go()
    till.line.calls.clear()
    assert till.cycle().error is None
    assert till.unsent() == 0
    assert till.line.calls.count("chunk") == chunks_of(chain) - 3
