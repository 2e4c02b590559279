"""``posclient replay`` as a process: exit status, JSON, and kills at any moment."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.actions.kidswear import StandingClock, make_folder, open_shop, sku

HEAD = "basket,at,member,gtin,qty\n"
BASKETS = 60


def replay(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(folder, *words), capture_output=True, text=True, encoding="utf-8", check=False)


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "ui.cli", "replay", "--data", str(folder), *words]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "till"
    made.mkdir()
    make_folder(made, StandingClock())
    return made


@pytest.fixture
def day(tmp_path: Path) -> Path:
    rows = [
        f"b{basket},2017-01-01T18:{basket % 60:02d}:46+00:00,{'QLM1' if basket % 3 else ''},{article},{1 + basket % 4}"
        for basket in range(BASKETS)
        for article in (sku("A001"), sku("T001", "BLUE"), sku("R001", "RED", "130"))[: 1 + basket % 3]
    ]
    path = tmp_path / "day.csv"
    path.write_text("\ufeff" + HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_counts_and_exit_status(folder: Path, day: Path) -> None:
    done = replay(folder, str(day), "--no-coupons")
    assert (done.returncode, done.stderr) == (0, "")
    counts = json.loads(done.stdout)
    assert set(counts) == {"baskets", "lines", "total", "p50_ms", "p99_ms"}
    assert (counts["baskets"], counts["lines"]) == (BASKETS, 2 * BASKETS)
    again = replay(folder, str(day), "--no-coupons")
    assert (again.returncode, again.stdout, again.stderr.count("\n")) == (2, "", 1)
    resumed = replay(folder, str(day), "--no-coupons", "--resume")
    assert (resumed.returncode, json.loads(resumed.stdout)["total"]) == (0, counts["total"])


def test_bad_use_and_bad_rows_are_one_line_each(folder: Path, day: Path, tmp_path: Path) -> None:
    """No traceback for bad input: 2 for bad use, 1 for a bad row, with its line."""
    bad = tmp_path / "bad.csv"
    bad.write_text(f"{HEAD}b1,2017-01-01T18:00:00+00:00,,{sku('A001')},1\nb2,2017-01-01T18:00:00+00:00,,nothing,1\n")
    stopped = replay(folder, str(bad))
    assert (stopped.returncode, stopped.stdout, stopped.stderr.count("\n")) == (1, "", 1)
    assert "3" in stopped.stderr
    assert "gtin" in stopped.stderr
    missing = replay(folder, str(tmp_path / "nowhere.csv"))
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    nowhere = replay(tmp_path / "nowhere", str(day))
    assert (nowhere.returncode, nowhere.stderr.count("\n")) == (1, 1)
    assert "Traceback" not in stopped.stderr + missing.stderr + nowhere.stderr


def test_a_running_till_is_not_disturbed(folder: Path, day: Path) -> None:
    """S-15: the folder belongs to the till that has it open."""
    till = open_shop(folder, StandingClock())
    refused = replay(folder, str(day))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert till.db.execute("SELECT count(*) FROM sale").fetchone() == (0,)
    till.close()


@pytest.mark.kill
@pytest.mark.slow
def test_killed_again_and_again_each_basket_is_there_once(folder: Path, day: Path) -> None:
    """T-1: kill -9 at random moments, resumed each time: every basket once, numbers without a gap, the chain whole."""
    chance = random.Random(7)
    for _ in range(6):
        program = subprocess.Popen(
            command(folder, str(day), "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        wait_for_sales(folder, chance.randrange(1, 12), program)
        program.kill()
        program.communicate()
    done = replay(folder, str(day), "--resume")
    assert done.returncode == 0, done.stderr
    till = open_shop(folder, StandingClock())
    receipts = [seq for (seq,) in till.db.execute("SELECT seq FROM sale ORDER BY seq")]
    assert receipts == list(range(1, BASKETS + 1))
    assert till.db.execute("SELECT count(DISTINCT basket), sum(total) FROM sale").fetchone() == (
        BASKETS, json.loads(done.stdout)["total"],
    )  # fmt: skip
    assert till.db.execute("SELECT count(*) FROM fact").fetchone() == (BASKETS,)
    till.close()


def wait_for_sales(folder: Path, more: int, program: subprocess.Popen[bytes]) -> None:
    """Until so many more sales are committed, or it has ended."""
    from posclient.db.till_file import open_till

    con = open_till(folder, read_only=True)
    start = con.execute("SELECT count(*) FROM sale").fetchone()[0]
    deadline = time.monotonic() + 60
    while program.poll() is None and time.monotonic() < deadline:
        if con.execute("SELECT count(*) FROM sale").fetchone()[0] >= start + more:
            break
        time.sleep(0.002)
    con.close()
