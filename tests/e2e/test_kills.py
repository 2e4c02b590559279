"""kill -9 of the window while it sells. Replay and sync: test_store_replay.py; all of it, many times: make soak."""

from __future__ import annotations

import signal
from random import Random

import pytest

from tests.e2e.kills import PIN, BrokenError, kill_windows, whole
from tests.e2e.store_run import StoreRun

#: The program with the commit of a sale cut in two, and time enough between the halves to be killed in.
SALE_AND_OUTBOX_APART = """
import sys
from tests.crash.mutants import rewritten
from ui.cli import main
PAUSE = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n"
def rewrite(con, sql):
    apart = con.in_transaction and sql.startswith("INSERT INTO outbox")
    return ["COMMIT", PAUSE, "BEGIN IMMEDIATE", sql] if apart else [sql]
with rewritten(rewrite):
    sys.exit(main())
"""


@pytest.mark.slow
@pytest.mark.kill
def test_the_window_is_killed_while_it_sells(run: StoreRun, seed: int) -> None:
    """T-1, T-2: what the window told of is there after the next start, and at HQ once."""
    print(f"SEED={seed}")
    with run.serving():
        told = kill_windows(run, 1, Random(seed))
        assert run.sync()["unsent"] == 0
    print(f"{len(told)} sales were told of")


@pytest.mark.slow
def test_modules_that_use_qt_are_imported_by_the_gui_thread(run: StoreRun) -> None:
    """T-2: a window that crashed now and then when it was opened, since another thread imported Qt beside it."""
    window = run.start_window(run.till, PIN, "690", program="tests.e2e.import_watch")
    assert window.stdout is not None
    found: list[bytes] = []
    for line in window.stdout:
        found.append(line)
        if line.startswith(b"open"):
            break
    window.send_signal(signal.SIGKILL)
    rest, errors = window.communicate(timeout=60)
    assert found[-1:] == [b"open\n"], errors.decode()
    assert [line for line in [*found, rest] if b"elsewhere" in line] == []


@pytest.mark.kill
def test_half_a_sale_would_be_found(run: StoreRun) -> None:
    """The replay with sale and outbox in two transactions."""
    chance = Random(1)
    run.program = ("-c", SALE_AND_OUTBOX_APART)

    def search() -> None:
        for _ in range(12):
            run.kill_replay(chance, 5, "--no-coupons")
            whole(run)

    with pytest.raises(BrokenError, match="queued"):
        search()
