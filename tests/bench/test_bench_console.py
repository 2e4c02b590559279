"""Every page of HQ's console, and ``/metrics``, after a million sales, on SQLite and on PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sync.hq.administrators import set_password
from sync.hq.clock import UtcClock
from sync.hq.database import open_database
from sync.hq.server import Server
from sync.hq.service import Hq
from tests.sync.hq.conftest import postgres, postgres_url
from tests.sync.hq.console.console_at_work import NAME, PASSWORD, Visitor
from tests.sync.hq.long_history import EVENING, History
from tests.sync.tills import HandClock

__all__ = ["postgres", "postgres_url"]  # fixtures

SALES = 1_000_000
#: Of a chain of 1,500 stores.
A_DAY = 100_000
#: Seconds that a person waits without wondering.
MOST_S = 1.0
PAGES = (
    "/admin/", "/admin/tills", "/admin/tills/S001-1", "/admin/quarantine/list", "/admin/incident/list",
    "/admin/loss/list", "/admin/exception/list", "/admin/sale/list", "/admin/sale/list?page=400",
    "/admin/sale/list?q=S001-1-20261126-004900", "/admin/sale/list?q=S001-1", "/admin/sale/list?q=nothing",
    "/admin/fact/list", "/admin/fact/list?q=S001-1", "/admin/fact/list?q=nothing",
    "/admin/fact/list?q=S001-1-20261126-004900", "/admin/exception/list?q=S001-1-20261126-004900",
    *(f"/admin/{view}/list?q=nothing" for view in ("quarantine", "incident", "loss", "exception", "removal", "act")),
    *(f"/admin/{view}/list?q=nothing" for view in ("coupon_lease", "value_lease", "valet_order")),
    "/admin/coupon/list", "/admin/coupon_lease/list", "/admin/value_account/list", "/admin/value_lease/list",
    "/admin/act/list", "/metrics",
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgres"])
def visitor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Visitor]:
    """Logged in."""
    url = f"sqlite:///{tmp_path}/hq.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with closing(open_database(url)) as database:
        begun = time.perf_counter()
        History(SALES, A_DAY).fill(database)
        print(f"\n{SALES} sales on {request.param} in {time.perf_counter() - begun:.0f} s")
        set_password(database, UtcClock(), NAME, PASSWORD)
        server = Server(Hq(database, HandClock(EVENING)))
        server.start()
        with Visitor(base_url=server.url, timeout=120) as made:
            made.log_in()
            yield made
        server.stop()


def test_no_page_counts_a_million_sales(visitor: Visitor) -> None:
    seconds = {}
    for path in PAGES:
        begun = time.perf_counter()
        assert visitor.get(path).status_code == 200, path
        seconds[path] = time.perf_counter() - begun
        print(f"{seconds[path] * 1000:8.0f} ms  {path}")
    assert max(seconds.values()) <= MOST_S
