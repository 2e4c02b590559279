"""Facts that HQ could only keep raw are looked at again by the console: whatever is in them."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from sqlmodel import select

from sync.hq.bulk import insert_rows
from sync.hq.console import lookups
from sync.hq.console.downloads import Downloads
from sync.hq.database import Database, open_database
from sync.hq.fact_tables import FactRow
from sync.hq.tables import Terminal


def facts(count: int, body: bytes) -> list[dict[str, Any]]:
    return [
        {"id": f"F{n}", "terminal": "S001-1", "incarnation": "I", "seq": n + 1, "kind": "SaleCompleted",
         "kind_version": 1, "body": body, "hash": "00", "outcome": "applied_with_exception", "code": "totals_differ",
         "received_ms": 1000 + n}
        for n in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"clock":' * 5000, b'{"clock":{"offset_ms":1' + b"0" * 400 + b"}}", b'{"a":"\xff"}'],
    ids=["deep", "deep objects", "huge", "no text"],
)  # fmt: skip
def test_a_last_fact_of_anything_shuts_nobody_out_of_the_tills(hq_database: Database, body: bytes) -> None:
    """The page of all tills looks into the last fact of each that does not say how its clock is."""
    with hq_database.write() as session:
        session.add(Terminal(id="S001-1", store="S001", slot=1, incarnation="I"))
        insert_rows(session, FactRow, facts(1, body))
    with hq_database.read() as session:
        found = lookups.clock_offsets(session, session.exec(select(Terminal)).all())
    assert lookups.seconds(found.get("S001-1")) is None


@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_a_file_of_exceptions_does_not_hold_all_their_facts(url: str) -> None:
    """A rule that HQ lacks makes one of each sale; a month of them is gigabytes of bodies that the file leaves out."""
    database = open_database(url)
    with database.write() as session:
        insert_rows(session, FactRow, facts(4000, b"x" * 20_000))
    tracemalloc.start()
    text = Downloads(database)._written("exception")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert text.count("\r\n") == 4001
    assert most < 40_000_000
    database.close()
