"""Imports of the console outlive a restart of HQ, and everybody sees the same ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.requests import ClientDisconnect

from posclient.errors import InputError, NotFound
from sync.hq.administrators import set_password
from sync.hq.clock import UtcClock
from sync.hq.database import Database, open_database
from sync.hq.feeds import GLOBAL
from sync.hq.imports import jobs as import_jobs
from sync.hq.imports import kept_jobs
from sync.hq.imports.jobs import KEEP_DAYS, ImportJobs
from sync.hq.imports.kept_jobs import DROPPED, OPEN, RUNNING, Job
from sync.hq.tables import Feed
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import NAME, PASSWORD, Visitor
from tests.sync.hq.test_hq_command import serving
from tests.sync.tills import HandClock

TIERS = b"id,name,rank\ngold,Gold,1\nsilver,Silver,x\nbronze,Bronze,3\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A new database of each kind."""
    sqlite = request.param == "sqlite"
    database = open_database(f"sqlite:///{tmp_path}/hq.db" if sqlite else request.getfixturevalue("postgres_url"))
    yield database
    database.close()


@pytest.fixture
def jobs(hq_database: Database) -> Iterator[ImportJobs]:
    made = ImportJobs(hq_database, UtcClock())
    yield made
    made.close()


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data[:10]
    yield data[10:]


def sent(jobs: ImportJobs, data: bytes = TIERS, name: str = "tiers.csv") -> Job:
    job = jobs.begin("zhao")
    asyncio.run(jobs.take(job, name, _pieces(data)))
    return job


def ended(jobs: ImportJobs, job: Job) -> Job:
    until = time.monotonic() + 10
    while (found := jobs.get(job.id)).state in ("waiting", "running"):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def head(database: Database) -> int:
    with database.read() as session:
        found = session.get(Feed, GLOBAL)
        return found.head if found else 0


def test_another_process_sees_the_job_with_its_faults(jobs: ImportJobs, hq_database: Database) -> None:
    job = sent(jobs)
    jobs.start(job, "zhao", strict=False)
    ended(jobs, job)
    time.sleep(0.1)
    (seen,) = ImportJobs(hq_database, UtcClock()).all()
    files = {"tiers.csv": {"bytes": len(TIERS), "lines": 4, "good": 2, "bad": 1}}
    assert (seen.state, seen.by, seen.files) == ("done", "zhao", files)
    assert [(one.line, one.column) for one in seen.faults] == [(3, "rank")]
    assert seen.report.published == {"global": 2}
    assert not job.folder.exists()


def test_a_job_that_ran_when_hq_stopped_is_interrupted_and_starts_again(
    jobs: ImportJobs, hq_database: Database
) -> None:
    """What is in already is not published once more."""
    whole = sent(jobs)
    jobs.start(whole, "zhao", strict=False)
    ended(jobs, whole)
    before = head(hq_database)
    job = sent(jobs)
    job.state = RUNNING
    jobs._kept.save(job)
    again = ImportJobs(hq_database, UtcClock())
    seen = again.get(job.id)
    assert seen.state == "interrupted"
    with pytest.raises(InputError, match="import_closed"):
        again.start(seen, "li", strict=False)
    again.start_again(seen, "li")
    done = ended(again, seen)
    assert (done.state, len(done.faults), head(hq_database)) == ("done", 1, before)
    with pytest.raises(InputError, match="import_files_gone"):
        again.start_again(again.get(job.id), "li")
    again.close()


def test_what_runs_at_another_process_is_not_interrupted(either: Database) -> None:
    """A new HQ begins while the old one still imports: it shows the job as it is, until that process has ended."""
    old, new = ImportJobs(either, UtcClock()), ImportJobs(either, UtcClock())
    job = sent(old)
    let_go = old._holds.take(job)
    assert let_go is not None
    job.state = RUNNING
    old._kept.save(job)
    (seen,) = new.all()
    assert seen.state == "running"
    with pytest.raises(InputError, match="import_not_interrupted"):
        new.start_again(seen, "li")
    assert [one.state for one in ImportJobs(either, UtcClock()).all()] == ["running"]
    let_go()
    until = time.monotonic() + 5
    while (seen := new.all()[0]).state != "interrupted":
        assert time.monotonic() < until
    new.start_again(seen, "li")
    assert ended(old, seen).report.files["tiers.csv"].good == 2
    for one in (old, new):
        one.close()


def test_a_job_is_started_once_whoever_is_asked(either: Database) -> None:
    """Requests of one page come to whichever process the proxy takes."""
    first, second = ImportJobs(either, UtcClock()), ImportJobs(either, UtcClock())
    job = first.begin("zhao")
    for jobs, name, data in ((first, "tiers.csv", TIERS), (second, "stores.csv", b"id,name\nS9,Nine\n")):
        asyncio.run(jobs.take(jobs.get(job.id), name, _pieces(data)))
    late = first.get(job.id)
    second.start(second.get(job.id), "zhao", strict=False)
    with pytest.raises(InputError, match="import_closed"):
        first.start(late, "zhao", strict=False)
    with pytest.raises(InputError, match="import_closed"):
        first.drop(late, "zhao")
    done = ended(first, job)
    assert {name: one.good for name, one in done.report.files.items()} == {"tiers.csv": 2, "stores.csv": 1}
    assert not done.folder.exists()
    for one in (first, second):
        one.close()


def test_faults_of_jobs_that_are_listed_no_more_are_forgotten(
    jobs: ImportJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand of them each day would be HQ's largest table after the sales."""
    monkeypatch.setattr(kept_jobs, "MOST_JOBS", 2)
    done = []
    for _ in range(3):
        job = sent(jobs)
        jobs.start(job, "zhao", strict=False)
        done.append(ended(jobs, job).id)
    assert [len(jobs.get(one).faults) for one in done] == [0, 1, 1]


def test_files_of_a_job_that_ended_go_though_hq_died_in_between(jobs: ImportJobs, hq_database: Database) -> None:
    """S-26: they hold phones."""
    job = sent(jobs)
    jobs._kept.move(job, (OPEN,), DROPPED)
    assert job.folder.exists()
    ImportJobs(hq_database, UtcClock())
    assert not job.folder.exists()


def test_files_that_nobody_comes_back_for_are_deleted(hq_database: Database) -> None:
    """S-26: they hold phones."""
    clock = HandClock()
    jobs = ImportJobs(hq_database, clock)
    left, given_up = sent(jobs), sent(jobs)
    jobs.drop(given_up, "zhao")
    assert (left.folder.exists(), given_up.folder.exists()) == (True, False)
    clock.forward(days=KEEP_DAYS, seconds=1)
    fresh = sent(jobs)
    assert (left.folder.exists(), fresh.folder.exists()) == (False, True)
    assert [one.state for one in jobs.all()] == ["open", "dropped", "dropped"]
    with pytest.raises(InputError, match="import_closed"):
        jobs.drop(given_up, "zhao")
    with pytest.raises(NotFound):
        jobs.get("none")
    empty = jobs.begin("zhao")
    with pytest.raises(InputError, match="import_without_files"):
        jobs.start(empty, "zhao", strict=False)
    jobs.close()


async def _broken_off(data: bytes) -> AsyncIterator[bytes]:
    yield data
    raise ClientDisconnect


def test_a_file_that_broke_off_is_not_imported(jobs: ImportJobs) -> None:
    """S-9: the line was cut in the middle of 1999, and 19 would be a price."""
    job = jobs.begin("zhao")
    cut = _broken_off(b"sku,name,price\nA,Coat,19")
    with pytest.raises(ClientDisconnect):
        asyncio.run(jobs.take(job, "products.csv", cut))
    assert (list(job.folder.iterdir()), jobs.get(job.id).files) == ([], {})
    with pytest.raises(InputError, match="import_without_files"):
        jobs.start(job, "zhao", strict=False)
    jobs.drop(job, "zhao")


def test_a_file_sent_once_more_stays_what_it_was_until_it_is_whole(
    jobs: ImportJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = sent(jobs)
    with pytest.raises(ClientDisconnect):
        asyncio.run(jobs.take(job, "tiers.csv", _broken_off(b"id,na")))
    monkeypatch.setattr(import_jobs, "MOST_BYTES", len(TIERS) + 5)
    with pytest.raises(InputError, match="file_too_long"):
        asyncio.run(jobs.take(job, "stores.csv", _pieces(TIERS)))
    assert [one.read_bytes() for one in job.folder.iterdir()] == [TIERS]
    jobs.start(job, "zhao", strict=False)
    assert ended(jobs, job).report.files["tiers.csv"].good == 2


def test_a_file_that_comes_when_its_import_has_begun_is_left_out(jobs: ImportJobs) -> None:
    job = sent(jobs)

    async def slow(data: bytes) -> AsyncIterator[bytes]:
        yield data
        jobs.start(job, "zhao", strict=False)

    with pytest.raises(InputError, match="import_closed"):
        asyncio.run(jobs.take(job, "stores.csv", slow(b"id,name\nS9,Nine\n")))
    assert list(ended(jobs, job).files) == ["tiers.csv"]


def test_a_strict_job_is_kept_too(jobs: ImportJobs) -> None:
    job = sent(jobs)
    jobs.start(job, "zhao", strict=True)
    done = ended(jobs, job)
    assert (done.state, done.report.undone, done.report.published) == ("done", True, {})


@pytest.mark.kill
def test_hq_is_killed_in_the_middle_of_an_import(tmp_path: Path) -> None:
    """T-1: the page says so, and the rest comes in with one click."""
    url = f"sqlite:///{tmp_path}/hq.db"
    database = open_database(url)
    set_password(database, UtcClock(), NAME, PASSWORD)
    rows = "".join(f"P{n},Coat {n},1999\n" for n in range(16_000))
    with serving(url) as (process, address), Visitor(base_url=address) as visitor:
        path = _begun(visitor, b"sku,name,price\n" + rows.encode())
        assert visitor.post(f"{path}/run", headers=visitor.forms_token()).status_code == 200
        until = time.monotonic() + 20
        while not head(database) and time.monotonic() < until:
            time.sleep(0.02)
        process.kill()
        process.wait()
    assert 0 < head(database) < 16_000
    with serving(url) as (_, address), Visitor(base_url=address, timeout=20) as visitor:
        visitor.log_in()
        (job,) = visitor.get("/admin/imports/jobs").json()
        assert (job["state"], job["by"]) == ("interrupted", NAME)
        assert visitor.post(f"{path}/again", headers=visitor.forms_token()).status_code == 200
        until = time.monotonic() + 30
        while (job := visitor.get("/admin/imports/jobs").json()[0])["state"] != "done" and time.monotonic() < until:
            time.sleep(0.1)
        assert (job["state"], job["files"]["products.csv"]["good"]) == ("done", 16_000)
    database.close()


def _begun(visitor: Visitor, data: bytes) -> str:
    """A job with one file; its path."""
    visitor.log_in()
    job = visitor.post("/admin/imports/jobs", headers=visitor.forms_token()).json()
    path = f"/admin/imports/jobs/{job['id']}"
    assert visitor.put(f"{path}/products.csv", content=data, headers=visitor.forms_token()).status_code == 200
    return path


def test_what_no_job_does_is_not_found(visitor: Visitor, hq_server: HqServer) -> None:
    path = _begun(visitor, b"sku,name,price\n")
    reply: httpx.Response = visitor.post(f"{path}/burn", headers=visitor.forms_token())
    assert reply.status_code == 404
    assert visitor.post(f"{path}/drop", headers=visitor.forms_token()).status_code == 200
    assert "放弃导入" in visitor.get("/admin/act/list").text
