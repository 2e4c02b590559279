"""kill -9 of real processes at random moments: the replay, the sync, the window, and HQ itself."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from random import Random

from posclient.db import integrity
from tests.e2e.store_run import StoreRun, rows_of

#: Of how many kills one store is rung up: replay and sync in turn, then HQ, then the window.
OF_A_STORE, OF_HQ, OF_THE_WINDOW = 40, 4, 6
#: Facts of one replay that may be made before it is killed.
MOST_FACTS = 2
PIN = "2580"


class BrokenError(AssertionError):
    """What a kill left is not whole."""


def whole(run: StoreRun) -> None:
    """Both files are sound; each sale has its fact, each fact its outbox row; numbers are dense."""
    for name, found in integrity.check(run.till).items():
        if not found["ok"]:
            raise BrokenError(f"{name}: {dict(found)}")
    with closing(sqlite3.connect(f"{(run.till / 'till.db').as_uri()}?mode=ro", uri=True, timeout=30)) as con:
        facts, sales, receipts, queued, seqs = con.execute(
            "SELECT (SELECT count(*) FROM fact), (SELECT count(*) FROM sale), (SELECT count(DISTINCT seq) FROM sale),"
            " (SELECT count(*) FROM outbox), (SELECT coalesce(max(seq), 0) FROM sale)"
        ).fetchone()
        made = con.execute("SELECT count(*) FROM fact WHERE kind = 'SaleCompleted'").fetchone()[0]
    if not (facts == queued and made == sales == receipts == seqs):
        raise BrokenError(f"{facts} facts, {queued} queued; {made} sales in facts, {sales} sales, numbers to {seqs}")


def equal(run: StoreRun) -> int:
    """HQ's list of sales is the till's, each once; how many."""
    path = run.folder / "export.csv"
    assert run.run("hq", "export", "--db", run.database, path)[0] == 0
    there = sorted((row["receipt"], int(row["total"])) for row in rows_of(path))
    with closing(sqlite3.connect(run.till / "till.db")) as con:
        here = sorted(con.execute("SELECT receipt, total FROM sale").fetchall())
    stats = run.stats()
    if there != here or stats["duplicates"] or stats["quarantined"]:
        raise BrokenError(f"HQ has {len(there)} sales, the till {len(here)}; {stats}")
    return len(here)


def store_with_kills(run: StoreRun, kills: int, chance: Random) -> int:
    """Ring up the store with ``kills`` kills; the sales that HQ has at the end, which are all."""
    windows, of_hq = min(OF_THE_WINDOW, kills // 4), min(OF_HQ, 1 + kills // 10)
    seconds, landed = run.sync_seconds(), 0
    with run.serving():
        while landed < kills - windows - of_hq:
            landed += run.kill_replay(chance, MOST_FACTS, "--no-coupons")
            whole(run)
            landed += run.kill_sync(chance, seconds)
            whole(run)
    for _ in range(of_hq):
        kill_hq(run, chance, seconds)
    # the window's carts come last: a replay rightly refuses to begin while a customer's is open
    assert run.replay("--no-coupons", "--resume")["baskets"] == len(run.expected())
    with run.serving():
        kill_windows(run, kills - landed - of_hq, chance)
        status = run.sync()
    assert (status["unsent"], status["error"]) == (0, None)
    return equal(run)


def kill_hq(run: StoreRun, chance: Random, seconds: float) -> None:
    """HQ is gone somewhere in a sync: the till keeps what was not acknowledged."""
    run.kill_replay(chance, MOST_FACTS, "--no-coupons")
    hq = run.start("hq", "serve", "--db", run.database, "--port", run.port)
    assert hq.stdout is not None
    hq.stdout.readline()
    sync = run.start("sync", "--data", run.till)
    time.sleep(seconds * chance.uniform(0.1 if run.warm else 0.4, 1.3))
    hq.send_signal(signal.SIGKILL)
    hq.communicate(timeout=60)
    sync.communicate(timeout=120)
    whole(run)


def kill_windows(run: StoreRun, kills: int, chance: Random) -> list[str]:
    """Kill the window so often while it sells; the receipts that it told of, which must all be there."""
    told: list[str] = []
    for _ in range(kills):
        told += _kill_window(run, chance)
        whole(run)
        with closing(sqlite3.connect(run.till / "till.db")) as con:
            here = {row[0] for row in con.execute("SELECT receipt FROM sale").fetchall()}
        if gone := set(told) - here:
            raise BrokenError(f"sales {gone} were told of and are gone")
    return told


def _kill_window(run: StoreRun, chance: Random) -> list[str]:
    """Some time after its first sales, or after it was opened."""
    codes = [row["gtin"] for row in rows_of(run.data / "products.csv")][:5]
    process = run.start_window(run.till, PIN, *codes)
    assert process.stdout is not None
    lines, wanted = [], chance.randint(0, 3)
    for line in process.stdout:
        lines.append(line.decode())
        if line.startswith((b"open", b"sold")) and len(_told(lines)) >= wanted:
            break
    time.sleep(chance.uniform(0, 0.8))
    alive = process.poll() is None
    if alive:
        process.send_signal(signal.SIGKILL)
    rest, errors = process.communicate(timeout=60)
    lines += rest.decode().splitlines(keepends=True)
    assert alive, f"the window ended by itself ({process.poll()}): {''.join(lines)}{errors.decode()}"
    return _told(lines)


def _told(lines: list[str]) -> list[str]:
    """Receipts; a line that the kill cut off told nobody."""
    return [line.split()[1] for line in lines if line.startswith("sold ") and line.endswith("\n")]
