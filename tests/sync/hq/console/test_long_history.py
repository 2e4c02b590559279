"""The console of a chain that has sold for years: what a page costs does not grow with what was sold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from sync.hq import figures
from sync.hq.administrators import set_password
from sync.hq.clock import UtcClock
from sync.hq.console import lists
from sync.hq.database import Database, open_database
from sync.hq.server import Server
from sync.hq.service import Hq
from tests.sync.hq.console.console_at_work import NAME, PASSWORD, Visitor
from tests.sync.hq.long_history import EVENING, History
from tests.sync.tills import HandClock

SHORT, LONG = 2_000, 10_000
#: Instructions of SQLite's machine from one count to the next.
STEP = 100
SALES = (
    "/admin/", "/admin/sale/list", "/admin/sale/list?page=3", "/admin/sale/list?page=999999",
    "/admin/sale/list?q=S001-1-20261126-000001", "/admin/sale/list?q=nothing", "/admin/fact/list",
    "/admin/fact/list?page=999999", "/admin/fact/list?q=nothing", "/metrics",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _count_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a short history ends beyond it too."""
    for module in (figures, lists):
        monkeypatch.setattr(module, "MOST_COUNTED", 100)


class Work:
    """How much SQLite has worked."""

    def __init__(self, database: Database) -> None:
        self.steps = 0
        event.listen(database._engine, "checkout", self._watch)

    def _watch(self, raw: Any, _record: Any, _proxy: Any) -> None:
        raw.set_progress_handler(self._step, STEP)

    def _step(self) -> int:
        self.steps += 1
        return 0


@contextmanager
def served(folder: Path, sales: int) -> Iterator[tuple[Visitor, Work]]:
    """A console over ``sales`` sales, and what it costs."""
    folder.mkdir()
    with closing(open_database(f"sqlite:///{folder}/hq.db")) as database:
        History(sales).fill(database)
        set_password(database, UtcClock(), NAME, PASSWORD)
        work = Work(database)
        server = Server(Hq(database, HandClock(EVENING)))
        server.start()
        with Visitor(base_url=server.url) as visitor:
            visitor.log_in()
            yield visitor, work
        server.stop()


def costs(folder: Path, sales: int) -> dict[str, int]:
    found = {}
    with served(folder, sales) as (visitor, work):
        for path in SALES:
            before = work.steps
            assert visitor.get(path).status_code == 200, path
            found[path] = work.steps - before
    return found


@pytest.mark.slow
def test_a_page_costs_the_same_after_five_times_the_sales(tmp_path: Path) -> None:
    """H6: 4,000 stores. What goes wrong may cost what it is (a hundredth of the sales here), the sales nothing."""
    short, long = costs(tmp_path / "short", SHORT), costs(tmp_path / "long", LONG)
    more = {path: (long[path] - short[path]) * STEP for path in SALES}
    assert max(more.values()) < LONG - SHORT, more


def test_the_first_page_says_the_day_and_an_estimate_of_all(tmp_path: Path) -> None:
    with served(tmp_path / "hq", 1000) as (visitor, _):
        page = visitor.get("/admin/").text
        found = visitor.get("/admin/sale/list?q=S001-1-20261126-000005").text
        cut = visitor.get("/admin/sale/list").text
    assert "10,000.00" in page  # 500 sales of 20.00
    assert "约 1,000" in page
    assert "S001-1-20261126-000005" in found
    assert "只列出 100 条" in cut
