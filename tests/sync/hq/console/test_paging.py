"""Rows that are alike in what a list goes by, page by page: on PostgreSQL too each of them comes, and comes once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import sha256
from typing import Any

import pytest

from sync.hq.administrators import set_password
from sync.hq.clock import UtcClock
from sync.hq.database import open_database
from sync.hq.fact_tables import FactRow, RemovalRow
from sync.hq.lease_tables import ValueLeaseRow
from sync.hq.server import Server
from sync.hq.service import Hq
from sync.hq.tables import Terminal
from tests.sync.hq.console.console_at_work import NAME, PASSWORD, Visitor

#: Rows of one push, of one member or of one moment; pages of them.
ROWS, PAGES = 200, 8


def alike() -> Iterable[Any]:
    """Rows that their own keys alone tell apart."""
    today = UtcClock().now().date().isoformat()
    yield Terminal(id="S001-1", store="S001", slot=1)
    for seq, key in enumerate(sha256(bytes([number])).hexdigest()[:12] for number in range(ROWS)):
        yield FactRow(
            id=key, terminal="S001-1", incarnation="i", seq=seq, kind="SaleCompleted", kind_version=1, body=b"{}",
            hash="h", outcome="applied_with_exception", code="unknown_member", received_ms=1_790_000_000_000,
        )  # fmt: skip
        yield ValueLeaseRow(id=key, member="M1", terminal="S001-1", kind="lease", amount=seq, not_after_ms=1)
        yield RemovalRow(
            fact=key, terminal="S001-1", store="S001", business_date=today, at=f"{today}T09:00:00+08:00",
            cashier="G7", sku="A", name="A", qty=1, price=seq, amount=seq, receipt="", reason="",
        )  # fmt: skip


@pytest.fixture
def reader(postgres_url: str) -> Iterator[Visitor]:
    """Logged in at a console on PostgreSQL."""
    with closing(open_database(postgres_url)) as database:
        hq = Hq(database)
        set_password(database, UtcClock(), NAME, PASSWORD)
        with database.write() as session:
            session.add_all(alike())
        server = Server(hq)
        server.start()
        with Visitor(base_url=server.url) as visitor:
            visitor.log_in()
            yield visitor
        server.stop()


@pytest.mark.parametrize(
    "path", ["exception/list?", "fact/list?q=S001-1&", "value_lease/list?q=M1&", "removal/list?q=S001-1&"]
)
def test_each_row_comes_once(reader: Visitor, path: str) -> None:
    pages = [reader.get(f"/admin/{path}page={page}").text for page in range(1, PAGES + 1)]
    found = [key for page in pages for key in set(re.findall(r"detail\?pk=(\w+)", page))]
    assert (len(found), len(set(found))) == (ROWS, ROWS)


def test_removals_are_summed_there_too(reader: Visitor) -> None:
    """PostgreSQL sums whole numbers to decimals, which no page could write as money."""
    sums = reader.get("/admin/removal/list").text.partition("</table>")[0]
    assert f"{sum(range(ROWS)) / 100:.2f}" in sums


@pytest.mark.parametrize("path", ["quarantine", "incident", "loss", "act", "removal", "coupon_lease"])
def test_a_number_that_no_row_can_have(reader: Visitor, path: str) -> None:
    """It was a bug where the number has 32 bits."""
    for number in (2**31 - 1, 2**31, 10**17):
        assert reader.get(f"/admin/{path}/detail?pk={number}").status_code == 404
