"""Two imports at once would leave a price list that nobody wrote: the second one is told who is at it, or waits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from posclient.errors import InputError
from sync.hq.clock import UtcClock
from sync.hq.database import Database, open_database
from sync.hq.imports import importing
from sync.hq.imports.importing import import_folder
from sync.hq.imports.jobs import ImportJobs
from sync.hq.imports.one_at_a_time import Importer, one_at_a_time, who_imports
from tests.sync.hq.console.test_import_jobs import ended, sent
from tests.sync.hq.test_import_folder import rows, run, write

both = pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
HOLDER = """
import sys, time
from sync.hq.database import open_database
from sync.hq.imports.one_at_a_time import Importer, one_at_a_time
with one_at_a_time(open_database(sys.argv[1]), Importer("li"), ["products.csv"]):
    print("begun", flush=True)
    time.sleep(120)
"""


def price_list(folder: Path, price: int) -> Path:
    return write(folder, products="sku,name,price\n" + "".join(f"{sku},Coat,{price}\n" for sku in "ABC"))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url)
    yield opened
    opened.close()


@both
def test_two_price_lists_do_not_mix(
    database: Database, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    old, new = price_list(tmp_path / "old", 100), price_list(tmp_path / "new", 200)
    inside, go_on = threading.Event(), threading.Event()

    def after_batch() -> None:
        inside.set()
        assert go_on.wait(20)

    words = (database, old, False, print, None, after_batch, lambda _session: None, Importer("zhao"))
    importing_old = threading.Thread(target=import_folder, args=words)
    importing_old.start()
    assert inside.wait(20)
    other = open_database(url)  # as of another process
    with pytest.raises(InputError, match="import_running") as refused:
        run(other, new)
    assert refused.value.params["by"] == "zhao"
    assert str(refused.value.params["since"]).startswith(time.strftime("%Y-"))
    go_on.set()
    importing_old.join()
    run(other, new)
    other.close()
    assert {rows(database, "zone:z1")["price", sku]["price"] for sku in "ABC"} == {200}
    assert who_imports(database) is None


@both
def test_a_hold_ends_with_its_process(database: Database, url: str, tmp_path: Path) -> None:
    folder = price_list(tmp_path / "in", 100)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "begun\n"
        command = [sys.executable, "-m", "ui.cli", "hq", "import", "--db", url, str(folder)]
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
        assert " li" in refused.stderr
    finally:
        holder.kill()
        holder.wait()
        if holder.stdout is not None:
            holder.stdout.close()
    until = time.monotonic() + 10  # a server may notice a moment later
    while who_imports(database) is not None:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert run(database, folder)[0].files["products.csv"].good == 3


@both
def test_a_job_of_the_console_waits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody imports at the command line meanwhile; what was sent by hand is not lost for it."""
    monkeypatch.setattr("sync.hq.imports.jobs.TRY_S", 0.01)
    jobs = ImportJobs(database, UtcClock())
    with one_at_a_time(database, Importer("li"), ["products.csv"]):
        job = sent(jobs)
        jobs.start(job, "zhao", strict=False)
        time.sleep(0.3)
        assert jobs.get(job.id).state == "waiting"
        running = jobs.who_imports()
        assert running is not None
        assert running.by == "li"
    assert (ended(jobs, job).state, job.report.files["tiers.csv"].good) == ("done", 2)
    jobs.close()


@both
def test_the_next_one_can_begin_at_once(database: Database) -> None:
    """A line of a shell script each; a server noticed a moment later that the first one's connection was gone."""
    for _time in range(30):
        with one_at_a_time(database, Importer("li"), ["products.csv"]):
            pass


@both
def test_whoever_asks_holds_nobody_up(database: Database) -> None:
    """The console's page asks all the time, and by SQLite's lock one asks by taking it."""
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            who_imports(database)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _time in range(30):
            with one_at_a_time(database, Importer("li"), ["products.csv"]):
                pass
    finally:
        over.set()
        asking.join()
