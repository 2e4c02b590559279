"""The database goes away in the middle of an import of the console, and comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from logging import WARNING
from typing import Any

import psycopg
import pytest

from posclient.errors import DataError
from sync.hq import feeds
from sync.hq.clock import UtcClock
from sync.hq.database import Database, open_database
from sync.hq.imports import importing
from sync.hq.imports.jobs import ImportJobs
from sync.hq.imports.kept_jobs import DONE, INTERRUPTED, Job, KeptJobs
from tests.sync.hq.console.test_import_jobs import ended, sent


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Database]:
    database = open_database(postgres_url)
    yield database
    database.close()


def test_an_import_whose_database_was_restarted_can_be_started_again(
    on_postgres: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL is updated at night, while a price list is read: nobody has to find and send its files once more."""
    jobs, cuts = ImportJobs(on_postgres, UtcClock()), [1]

    def cut(*args: Any) -> Any:
        if cuts:
            cuts.pop()
            with psycopg.connect(postgres_url, autocommit=True) as con:
                con.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        return feeds.publish(*args)

    monkeypatch.setattr(importing, "publish", cut)
    job = sent(jobs)
    jobs.start(job, "zhao", strict=False)
    (seen,) = until_stopped(jobs)
    assert (seen.state, job.folder.exists()) == (INTERRUPTED, True)
    jobs.start_again(seen, "zhao")
    assert ended(jobs, seen).state == DONE
    jobs.close()
    (said,) = [one.getMessage() for one in caplog.records if one.levelno >= WARNING]
    assert said.startswith("import: database_unusable")
    caplog.clear()


def test_an_import_that_finds_the_database_locked_keeps_its_files(
    hq_database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(*_args: Any) -> None:
        raise DataError("database_unusable", reason="database is locked")

    jobs = ImportJobs(hq_database, UtcClock())
    with monkeypatch.context() as patched:
        patched.setattr(importing, "publish", locked)
        job = sent(jobs)
        jobs.start(job, "zhao", strict=False)
        (seen,) = until_stopped(jobs)
        assert (seen.state, job.folder.exists()) == (INTERRUPTED, True)
    jobs.start_again(seen, "zhao")
    assert ended(jobs, seen).state == DONE
    jobs.close()
    (said,) = [one.getMessage() for one in caplog.records if one.levelno >= WARNING]
    assert said.startswith("import: database_unusable")
    caplog.clear()


def test_an_import_whose_end_the_database_missed_keeps_its_files(
    hq_database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Every row was in when the database went away. It shows as interrupted, and to start it again said that its files
    were gone.
    """
    save = KeptJobs.save

    def missed(kept: KeptJobs, job: Job) -> None:
        if job.state == DONE:
            raise DataError("database_unusable", reason="database is locked")
        save(kept, job)

    jobs = ImportJobs(hq_database, UtcClock())
    with monkeypatch.context() as patched:
        patched.setattr(KeptJobs, "save", missed)
        job = sent(jobs)
        jobs.start(job, "zhao", strict=False)
        (seen,) = until_stopped(jobs)
    jobs.start_again(seen, "zhao")
    assert ended(jobs, seen).state == DONE
    assert not job.folder.exists()
    jobs.close()
    (said,) = [one.getMessage() for one in caplog.records if one.levelno >= WARNING]
    assert said.startswith("import: database_unusable")
    caplog.clear()


def until_stopped(jobs: ImportJobs) -> list[Any]:
    end, found = time.monotonic() + 5, list[Any]()
    while (not found or found[0].state in ("waiting", "running")) and time.monotonic() < end:
        with suppress(DataError):  # the line that was cut may have been ours
            found = jobs.all()
        time.sleep(0.02)
    return found
