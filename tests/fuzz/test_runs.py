"""A failure that nobody can see again is worth nothing: whatever fails in a run, the report says how to repeat it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import runs
from tests.fuzz.runs import examples

ROOT = Path(__file__).parents[2]
FAILS = """
import pytest
from tests.fuzz.runs import PLACE, examples
def test_it():
    for chance in examples(10):
        assert PLACE.at != 45
"""


def test_a_failure_names_its_example_and_the_run(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.fuzz.conftest import pytest_runtest_makereport\n")
    (tmp_path / "test_it.py").write_text(FAILS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", str(tmp_path)]
    seed = {"POSCLIENT_SEED": "42", "POSCLIENT_N": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=os.environ | seed, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "SEED=45 is the example; the run began with SEED=42" in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no timer of processor time there")
def test_an_example_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_SECONDS", 0.02)

    def hang() -> None:
        for _chance in examples(1):
            while True:
                pass

    with pytest.raises(AssertionError, match="hangs"):
        hang()


def test_an_example_that_takes_too_long_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_SECONDS", 0.0)
    with pytest.raises(AssertionError):
        list(examples(1))


@pytest.mark.skipif(sys.platform == "win32", reason="no measure of memory there")
def test_what_is_kept_for_each_example_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where an earlier test of the process had more at its peak."""
    del (peak := [b"x" * (100 << 20)])[:]
    monkeypatch.setattr(runs, "MOST_GROWTH", 20)
    monkeypatch.setenv("POSCLIENT_N", "60")
    assert not peak
    kept: list[bytes] = []
    with pytest.raises(AssertionError, match="grown by"):
        kept.extend(b"y" * (1 << 20) for _chance in examples(60))


@pytest.mark.skipif(sys.platform != "linux", reason="no measure of what is held there")
def test_memory_that_earlier_tests_freed_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """In pieces between others that stay, so that the process has it still."""
    pieces = [b"x" * 15_000 for _ in range(7_000)]
    fence = pieces[::64]
    del pieces
    monkeypatch.setattr(runs, "MOST_GROWTH", 20)
    monkeypatch.setenv("POSCLIENT_N", "4000")
    kept: list[bytes] = []
    with pytest.raises(AssertionError, match="grown by"):
        kept.extend(b"y" * 15_000 for _chance in examples(4_000))
    assert fence
