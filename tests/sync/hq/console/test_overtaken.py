"""An interrupted import that is started again after a later one would put old prices and counts over its own."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from posclient.errors import InputError
from sync.hq.clock import UtcClock
from sync.hq.database import Database
from sync.hq.imports.jobs import ImportJobs
from sync.hq.imports.kept_jobs import DONE, FAILED
from sync.hq.imports.one_at_a_time import Importer, one_at_a_time
from sync.hq.imports.reading import CsvFile
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import Visitor
from tests.sync.hq.console.test_import_jobs import TIERS, ended, sent
from tests.sync.hq.test_count_again import interrupted
from tests.sync.hq.test_import_folder import rows, run, write

LATER = TIERS.replace(b"Gold", b"Golden")


def name(database: Database) -> str:
    return str(rows(database, "global")["tier", "gold"]["name"])


def test_what_a_later_job_brought_stays(
    hq_database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = ImportJobs(hq_database, UtcClock())
    early = interrupted(jobs, sent(jobs), monkeypatch)
    caplog.clear()
    other = sent(jobs, b"id,name\nS9,Nine\n", "stores.csv")
    jobs.start(other, "li", strict=False)
    assert ended(jobs, other).state == DONE
    undone = sent(jobs, LATER)
    jobs.start(undone, "li", strict=True)
    assert ended(jobs, undone).report.undone
    jobs.start_again(early, "zhao")
    assert ended(jobs, early).state == DONE, "nothing of its files came in since"

    early = interrupted(jobs, sent(jobs), monkeypatch)
    caplog.clear()
    later = sent(jobs, LATER)
    jobs.start(later, "li", strict=False)
    assert ended(jobs, later).state == DONE
    with pytest.raises(InputError, match="import_overtaken"):
        jobs.start_again(early, "zhao")
    assert (name(hq_database), jobs.get(early.id).state) == ("Golden", "interrupted")
    jobs.drop(early, "zhao")
    jobs.close()


def test_what_came_by_the_command_line_stays_too(
    hq_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = ImportJobs(hq_database, UtcClock())
    early = interrupted(jobs, sent(jobs), monkeypatch)
    caplog.clear()
    run(hq_database, write(tmp_path / "in", tiers=LATER.decode()))
    with pytest.raises(InputError, match="import_overtaken"):
        jobs.start_again(early, "zhao")
    assert name(hq_database) == "Golden"
    jobs.close()


def test_a_strict_import_of_the_command_line_counts_once_it_is_in(
    hq_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One that was undone for a fault, or whose process ended, has put nothing there that could be put over."""
    jobs = ImportJobs(hq_database, UtcClock())
    early = interrupted(jobs, sent(jobs), monkeypatch)
    caplog.clear()
    faulty = write(tmp_path / "in", tiers=LATER.decode())
    assert run(hq_database, faulty, strict=True)[0].undone
    with monkeypatch.context() as patch:
        patch.setattr(CsvFile, "rows", lambda _file: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(hq_database, faulty, strict=True)
    jobs.start_again(early, "zhao")
    assert (ended(jobs, early).state, name(hq_database)) == (DONE, "Gold")

    early = interrupted(jobs, sent(jobs), monkeypatch)
    caplog.clear()
    good = write(tmp_path / "in", tiers=LATER.decode().replace(",x", ",2"))
    assert not run(hq_database, good, strict=True)[0].undone
    with pytest.raises(InputError, match="import_overtaken"):
        jobs.start_again(early, "zhao")
    assert name(hq_database) == "Golden"
    jobs.close()


def test_a_job_that_has_waited_too_long_ends(
    hq_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two imports by the command line came one upon the other, and the second one began after the job was started."""
    tried, go_on = threading.Event(), threading.Event()

    def ends(_jobs: ImportJobs) -> bool:
        tried.set()
        return not go_on.wait(20)

    monkeypatch.setattr(ImportJobs, "_ends", ends)
    jobs = ImportJobs(hq_database, UtcClock())
    with one_at_a_time(hq_database, Importer("li"), ["tiers.csv"]):
        job = sent(jobs)
        jobs.start(job, "zhao", strict=False)
        assert tried.wait(20)
    run(hq_database, write(tmp_path / "in", tiers=LATER.decode()))
    go_on.set()
    done = ended(jobs, job)
    assert (done.state, done.error, name(hq_database)) == (FAILED, "import_overtaken", "Golden")
    jobs.close()


def test_the_button_says_why(
    visitor: Visitor, hq_server: HqServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = ImportJobs(hq_server.database, UtcClock())
    with pytest.MonkeyPatch.context() as patch:
        early = interrupted(jobs, sent(jobs), patch)
    caplog.clear()
    run(hq_server.database, write(tmp_path / "in", tiers=LATER.decode()))
    visitor.log_in()
    again = visitor.post(f"/admin/imports/jobs/{early.id}/again", headers=visitor.forms_token())
    assert (again.status_code, "导入" in again.json()["error"]) == (400, True)
    jobs.close()


def test_the_page_says_what_a_job_waits_for(visitor: Visitor, hq_server: HqServer) -> None:
    jobs = ImportJobs(hq_server.database, UtcClock())
    visitor.log_in()
    with one_at_a_time(hq_server.database, Importer("li"), ["tiers.csv"]):
        job = sent(jobs)
        jobs.start(job, "zhao", strict=False)
        (shown,) = visitor.get("/admin/imports/jobs").json()
        assert (shown["state"], " li " in shown["waits"]) == ("waiting", True)
    ended(jobs, job)
    assert visitor.get("/admin/imports/jobs").json()[0]["waits"] == ""
    jobs.close()
