"""A recorded store rung up by the real programs: HQ and till as processes, killed and started at will."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from tests.e2e import window_program
from tests.e2e.warm import Forked, Program
from ui.cli import main

ROOT = Path(__file__).parents[2]


class StoreRun:
    """One HQ and one till in ``folder``, fed from the CSV files in ``data`` (docs/hq.md)."""

    def __init__(self, data: Path, folder: Path, port: int) -> None:
        self.data, self.folder, self.port = data, folder, port
        self.program: tuple[str, ...] = ("-m", "ui.cli")
        #: Fork the programs off a process that has imported them, instead of starting Python for each.
        self.warm = False
        self.database = f"sqlite:///{folder}/hq.db"

    @classmethod
    def new(cls, data: Path, folder: Path) -> StoreRun:
        """Import the files at HQ, enrol the till, load it."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            made = cls(data, folder, free.getsockname()[1])
        made.output("hq", "import", "--db", made.database, data)
        made.enrol()
        return made

    def copy(self, folder: Path) -> StoreRun:
        """The same at another place, to do something else with; HQ's address stays."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        made = StoreRun(self.data, folder, self.port)
        made.warm = self.warm
        return made

    def start(self, *words: object) -> Program:
        """Start ``posclient WORDS``."""
        if self.warm:
            return Forked(main, [str(word) for word in words])
        return self._cold(*self.program, *words)

    def start_window(self, *words: object, program: str = window_program.__name__) -> Program:
        """Start the window, worked by a script."""
        if self.warm:
            return Forked(window_program.main, [str(word) for word in words])
        return self._cold("-m", program, *words)

    def _cold(self, *words: object) -> Program:
        command = [sys.executable, *map(str, words)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *words: object) -> tuple[int, str]:
        """Run it to its end, in this process: starting Python takes longer than most of them. Status and output."""
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            status = main([str(word) for word in words])
        return status, out.getvalue() or err.getvalue()

    def output(self, *words: object) -> Any:
        """The JSON that it printed; it must have gone well."""
        status, text = self.run(*words)
        assert status == 0, (words, text)
        return json.loads(text)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """HQ runs within the block."""
        process = self.start("hq", "serve", "--db", self.database, "--port", self.port)
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip().split()[-1]
        try:
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)

    def enrol(self) -> None:
        """Make the till, load it."""
        with self.serving() as url:
            code = self.run("hq", "enrol", "--db", self.database, "--store", "S001")[1].split()[-1]
            words = ("--data", self.till, "--hq", url, "--code", code, "--credentials", "file", "--admin-pin", "2580")
            assert self.output("enrol", *words)["administrator"] is True

    @property
    def till(self) -> Path:
        return self.folder / "till"

    def replay(self, *options: str) -> Any:
        """Ring up all baskets; the counts."""
        return self.output("replay", "--data", self.till, *options, self.data / "baskets.csv")

    def sync(self) -> Any:
        """One cycle; its status."""
        return self.output("sync", "--data", self.till)

    def kill_replay(self, chance: Random, facts: int, *options: str) -> bool:
        """Kill -9 some time while up to ``facts`` more are made; False if it had come to its end."""
        target = self.facts() + chance.randint(1, facts)
        process = self.start("replay", "--data", self.till, "--resume", *options, self.data / "baskets.csv")
        while process.poll() is None and self.facts() < target:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.005))
        return _killed(process)

    def sync_seconds(self) -> float:
        """How long a sync takes that finds no HQ: one that does takes longer."""
        if self.warm:
            self.start("--version").communicate(timeout=60)  # the first one imports all that the others need
        began = time.monotonic()
        self.start("sync", "--data", self.till).communicate(timeout=60)
        return time.monotonic() - began

    def kill_sync(self, chance: Random, seconds: float) -> bool:
        """Kill -9 about ``seconds`` after its start; False if it had come to its end."""
        process = self.start("sync", "--data", self.till)
        time.sleep(seconds * chance.uniform(0.1 if self.warm else 0.4, 1.3))
        return _killed(process)

    def kill_sync_at(self, chance: Random, passed: Callable[[], int], target: int) -> bool:
        """Kill -9 a moment after ``passed`` came to ``target``; False if it had come to its end."""
        process = self.start("sync", "--data", self.till)
        while process.poll() is None and passed() < target:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.02))
        return _killed(process)

    def facts(self) -> int:
        """How many the till has made."""
        return int(self.till_value("SELECT count(*) FROM fact"))

    def unsent(self) -> int:
        """How many HQ has not acknowledged."""
        return int(self.till_value("SELECT count(*) FROM outbox WHERE acked_ms IS NULL"))

    def acknowledged(self) -> int:
        """How many it knows to be at HQ."""
        return self.facts() - self.unsent()

    def at_hq(self) -> int:
        """How many HQ has."""
        return int(_value(self.folder / "hq.db", "SELECT count(*) FROM fact"))

    def till_value(self, sql: str) -> Any:
        """One value out of till.db, beside whoever writes."""
        return _value(self.till / "till.db", sql)

    def stats(self) -> Any:
        """What HQ counts."""
        return self.output("hq", "stats", "--db", self.database)

    def exported(self) -> list[tuple[str, int]]:
        """Basket and total of every sale at HQ, by basket."""
        path = self.folder / "export.csv"
        assert self.run("hq", "export", "--db", self.database, path)[0] == 0
        return sorted((row["basket"], int(row["total"])) for row in rows_of(path))

    def expected(self) -> list[tuple[str, int]]:
        """What the store took, without coupons."""
        return sorted((row["basket"], int(row["total"])) for row in rows_of(self.data / "totals.csv"))


def rows_of(path: Path) -> list[dict[str, str]]:
    """A CSV file's rows by column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _value(path: Path, sql: str) -> Any:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=30)) as con:
        return con.execute(sql).fetchone()[0]


def _killed(process: Program) -> bool:
    alive = process.poll() is None
    if alive:
        process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    return alive


def rung_up_offline(run: StoreRun) -> None:
    """Ring everything up with HQ stopped, then sync: HQ has it all, once, to the fen."""
    counts = run.replay("--no-coupons")
    assert run.run("sync", "--data", run.till)[0] == 1  # HQ is stopped
    with run.serving():
        status = run.sync()
    expected = run.expected()
    assert (counts["baskets"], status["applied"], status["unsent"]) == (len(expected), run.facts(), 0)
    agrees(run, expected)


def killed_all_the_time(run: StoreRun, kills: int, seed: int) -> None:
    """The same with ``kills`` times kill -9 during replay and as many during sync."""
    chance = Random(seed)
    expected = run.expected()
    share = max(1, len(expected) // (2 * kills))
    made = []
    for _ in range(kills):
        assert run.kill_replay(chance, share, "--no-coupons")
        made.append(run.facts())
    print(f"{kills} kills in the replay, which had rung up {made} baskets by then")
    assert run.replay("--no-coupons", "--resume")["baskets"] == len(expected)
    print(f"{len(expected)} baskets rung up offline, {run.unsent()} unsent")
    with run.serving():
        _killed_in_the_sync(run, kills, chance)
        status = run.sync()
    assert (status["unsent"], status["error"]) == (0, None)
    agrees(run, expected)


def _killed_in_the_sync(run: StoreRun, kills: int, chance: Random) -> None:
    """Each when another part of the facts has passed: in turn by HQ's count, where the reply is still on its way,
    and by the till's own. One that was through before its kill is followed by one that has nothing left to send.
    """
    total, left = run.facts(), list[tuple[int, int]]()
    while len(left) < kills:
        passed = run.acknowledged if len(left) % 2 else run.at_hq
        if run.kill_sync_at(chance, passed, total * (len(left) + 1) // (kills + 1)):
            left.append((total - run.at_hq(), run.unsent()))
    print(f"{kills} kills in the sync, behind which HQ missed, and the till had unsent: {left}")


def agrees(run: StoreRun, expected: list[tuple[str, int]]) -> None:
    """HQ's export is the expected list row by row, its statistics the sum; nothing is there twice."""
    assert run.exported() == expected
    stats = run.stats()
    assert stats["sales"] == len(expected)
    assert stats["total"] == sum(total for _, total in expected)
    assert (stats["duplicates"], stats["quarantined"], stats["terminals"]) == (0, 0, 1)
    print(f"HQ's export is totals.csv row by row, {len(expected)} rows; HQ says {stats}")


def with_coupons(run: StoreRun) -> int:
    """Members use their coupons: no total is higher, no coupon is used twice. The coupons used."""
    run.replay()
    with run.serving():
        assert run.sync()["unsent"] == 0
    without = dict(run.expected())
    with_them = dict(run.exported())
    assert with_them.keys() == without.keys()
    assert all(total <= without[basket] for basket, total in with_them.items())
    stats = run.stats()
    assert (stats["duplicates"], stats["coupons_used_twice"]) == (0, 0)
    assert (stats["coupons_used"] > 0) == (sum(with_them.values()) < sum(without.values()))
    return int(stats["coupons_used"])
