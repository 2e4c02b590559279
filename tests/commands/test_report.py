"""Reading commands beside a cache file that was emptied: one line, never a traceback (S-28)."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.db.live_cache import live_path
from tests.actions.kidswear import StandingClock, make_folder
from ui.cli import main
from ui.commands.doctor import examine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A till whose cache has no bytes any more, as a bad disk leaves it."""
    make_folder(tmp_path, StandingClock())
    path = live_path(tmp_path)
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    path.touch()
    return tmp_path


def test_a_report_says_that_a_file_is_damaged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--data", str(folder), "--day", "2026-11-21"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_doctor_blames_the_cache_alone(folder: Path) -> None:
    checks = examine(folder)["checks"]
    assert (checks["cache"]["code"], checks["hub"]["state"]) == ("corrupt", "absent")
