"""An import that was interrupted is started again after shops have sold: its counts of stock were taken before that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from posclient.errors import DataError
from sync.hq.clock import UtcClock
from sync.hq.imports.importing import import_folder
from sync.hq.imports.jobs import ImportJobs
from sync.hq.imports.kept_jobs import DONE, INTERRUPTED, Job
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.console.test_import_jobs import ended, sent
from tests.sync.hq.test_import_folder import FILES, PRODUCTS, A, run, write


@pytest.mark.parametrize("strict", [False, True])
def test_a_count_that_is_in_is_not_set_once_more(
    hq_server: HqServer, new_till: NewTill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, strict: bool,
) -> None:  # fmt: skip
    """T-20: what was sold since would be on the shelf again; docs/hq.md: rows that are in stay as they are."""
    run(hq_server.database, write(tmp_path / "in", stores=FILES["stores"], products=PRODUCTS + A))
    till, jobs = new_till("S001"), ImportJobs(hq_server.database, UtcClock())
    job = sent(jobs, b"store,sku,qty\nS001,A,3\n", "stock.csv")
    seen = interrupted(jobs, job, monkeypatch, strict=strict)
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == ["import: database_away"]
    caplog.clear()
    till.push(till.sale())
    jobs.start_again(seen, "zhao")
    assert ended(jobs, seen).state == DONE
    assert jobs.get(job.id).files["stock.csv"]["good"] == 1
    jobs.close()
    assert till.row("zone:east", "stock", "A")["qty"]["S001"] == 2


def interrupted(jobs: ImportJobs, job: Job, monkeypatch: pytest.MonkeyPatch, *, strict: bool = False) -> Job:
    """The import, whose database goes away once its rows are in."""

    def away(*args: Any) -> None:
        import_folder(*args)
        raise DataError("database_away")

    with monkeypatch.context() as patch:
        patch.setattr("sync.hq.imports.jobs.import_folder", away)
        jobs.start(job, "zhao", strict)
        return _until_interrupted(jobs)


def _until_interrupted(jobs: ImportJobs) -> Job:
    while True:
        for one in jobs.all():
            if one.state == INTERRUPTED:
                return one
