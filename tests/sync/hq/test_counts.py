"""An import of stock is interrupted, and what it found fault with is mended before it is started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.clock import UtcClock
from sync.hq.imports.jobs import ImportJobs
from sync.hq.imports.kept_jobs import DONE
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.console.test_import_jobs import ended, sent
from tests.sync.hq.test_count_again import interrupted
from tests.sync.hq.test_import_folder import FILES, PRODUCTS, A, run, write


def test_a_count_whose_article_has_come_meanwhile_is_in(
    hq_server: HqServer, new_till: NewTill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """It was told to be good. One that was in is still not set once more."""
    run(hq_server.database, write(tmp_path / "in", stores=FILES["stores"], products=PRODUCTS + A))
    till, jobs = new_till("S001"), ImportJobs(hq_server.database, UtcClock())
    job = sent(jobs, b"store,sku,qty\nS001,A,3\nS001,B,5\nS009,A,4\n", "stock.csv")
    seen = interrupted(jobs, job, monkeypatch)
    caplog.clear()
    till.push(till.sale())
    stores, products = FILES["stores"] + "S009,九店,,,east,store\n", PRODUCTS + A.replace("A,2000008189804", "B,")
    run(hq_server.database, write(tmp_path / "more", stores=stores, products=products))
    jobs.start_again(seen, "zhao")
    done = ended(jobs, seen)
    assert (done.state, done.files["stock.csv"]["good"], done.files["stock.csv"]["bad"]) == (DONE, 3, 0)
    jobs.close()
    assert till.row("zone:east", "stock", "A")["qty"] == {"S001": 2, "S009": 4}
    assert till.row("zone:east", "stock", "B")["qty"] == {"S001": 5}
