"""An import that was interrupted is started again after shops have sold: its counts of stock were taken before that."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.clock import UtcClock
from sync.hq.imports.jobs import ImportJobs
from sync.hq.imports.kept_jobs import INTERRUPTED, RUNNING
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.console.test_import_jobs import ended, sent
from tests.sync.hq.test_import_folder import FILES, PRODUCTS, A, run, write


@pytest.mark.xfail(reason="which rows of stock.csv are in is not kept", strict=True)
def test_a_count_that_is_in_is_not_set_once_more(hq_server: HqServer, new_till: NewTill, tmp_path: Path) -> None:
    """docs/hq.md: rows that are in already stay as they are."""
    run(hq_server.database, write(tmp_path / "in", stores=FILES["stores"], products=PRODUCTS + A))
    till = new_till("S001")
    run(hq_server.database, write(tmp_path / "stock", stock="store,sku,qty\nS001,A,3\n"))  # the job's row, and HQ ends
    jobs = ImportJobs(hq_server.database, UtcClock())
    job = sent(jobs, b"store,sku,qty\nS001,A,3\n", "stock.csv")
    job.state = RUNNING
    jobs._kept.save(job)
    till.push(till.sale())
    (seen,) = [one for one in jobs.all() if one.state == INTERRUPTED]
    jobs.start_again(seen, "zhao")
    ended(jobs, seen)
    jobs.close()
    assert till.row("zone:east", "stock", "A")["qty"]["S001"] == 2
