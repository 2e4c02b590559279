"""An import that runs is asked to start once more: by a second click, or from a page that is not of now."""

from __future__ import annotations

import time

import pytest

from posclient.errors import InputError
from sync.hq.clock import UtcClock
from sync.hq.database import Database
from sync.hq.imports.importing import BATCH
from sync.hq.imports.jobs import ImportJobs
from sync.hq.imports.kept_jobs import RUNNING, Job
from tests.sync.hq.console.test_import_jobs import ended, sent

ROWS = 8 * BATCH
TIERS = b"id,name,rank\nbad,Bad,x\n" + b"".join(b"t%d,T,%d\n" % (n, n % 100) for n in range(ROWS))


def interrupted(database: Database) -> tuple[ImportJobs, Job]:
    before = ImportJobs(database, UtcClock())
    job = sent(before, TIERS)
    job.state = RUNNING
    before._kept.save(job)
    before.close()
    jobs = ImportJobs(database, UtcClock())
    return jobs, jobs.get(job.id)


def test_it_goes_on_and_says_at_its_end_what_it_did(hq_database: Database) -> None:
    """Its figures began anew, and its faults were gone: a price list that was in was shown as none at all."""
    jobs, job = interrupted(hq_database)
    jobs.start_again(job, "zhao")
    until = time.monotonic() + 20
    while (done := jobs.get(job.id).report.files.get("tiers.csv")) is None or not done.good:
        assert time.monotonic() < until
        time.sleep(0.001)
    with pytest.raises(InputError, match="import_not_interrupted"):
        jobs.start_again(jobs.get(job.id), "zhao")
    seen = ended(jobs, job)
    assert (seen.state, seen.report.files["tiers.csv"].good, len(seen.faults)) == ("done", ROWS, 1)
    jobs.close()
