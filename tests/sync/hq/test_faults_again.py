"""What an interrupted import says of rows at fault once it has been started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.clock import UtcClock
from sync.hq.imports.jobs import ImportJobs
from sync.hq.imports.kept_jobs import DONE
from sync.hq.imports.reading import Fault
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.console.test_import_jobs import ended, sent
from tests.sync.hq.test_count_again import interrupted
from tests.sync.hq.test_import_folder import FILES, PRODUCTS, A, run, write


def test_a_count_that_is_not_in_is_told_again(
    hq_server: HqServer, new_till: NewTill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Whoever looks at the list that stays would take the count of B for one that is in."""
    run(hq_server.database, write(tmp_path / "in", stores=FILES["stores"], products=PRODUCTS + A))
    till, jobs = new_till("S001"), ImportJobs(hq_server.database, UtcClock())
    job = sent(jobs, b"store,sku,qty\nS001,A,3\nS001,B,5\nS001,A,x\nS999,A,4\nS001,C,1\n", "stock.csv")
    seen = interrupted(jobs, job, monkeypatch)
    caplog.clear()
    till.push(till.sale())
    jobs.start_again(seen, "zhao")
    done = ended(jobs, seen)
    assert done.state == DONE
    assert (done.files["stock.csv"]["good"], done.files["stock.csv"]["bad"]) == (1, 4)
    assert sorted(done.faults, key=lambda one: one.line) == [
        Fault("stock.csv", 3, "sku", "unknown_sku"),
        Fault("stock.csv", 4, "qty", "not_whole"),
        Fault("stock.csv", 5, "store", "unknown_store"),
        Fault("stock.csv", 6, "sku", "unknown_sku"),
    ]
    jobs.close()
    assert till.row("zone:east", "stock", "A")["qty"]["S001"] == 2
