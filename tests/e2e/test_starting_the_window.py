"""``posclient run`` as a desktop starts it, as real processes: a folder that is in use, a machine without display."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from posclient.db.lock import FolderLock
from posclient.errors import DataError
from tests.actions.kidswear import StandingClock, make_folder


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "ui.cli", "run", "--data", str(folder)]


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end; no display but the one that is named."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("DISPLAY")}
    return subprocess.run(
        command(folder), env=kept | environment, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


@pytest.fixture
def busy_folder(tmp_path: Path) -> Iterator[Path]:
    """A till's folder with a till that runs on it."""
    make_folder(tmp_path, StandingClock())
    first = subprocess.Popen(command(tmp_path), env=os.environ | {"QT_QPA_PLATFORM": "offscreen"})
    try:
        deadline = time.monotonic() + 30
        while not is_locked(tmp_path):
            assert first.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield tmp_path
        assert first.poll() is None, "the till that was there first goes on"
    finally:
        first.terminate()
        first.wait(20)


def is_locked(folder: Path) -> bool:
    try:
        FolderLock(folder).close()
    except DataError as error:
        return error.code == "in_use"
    return False


def test_a_second_program_on_a_folder_says_so_and_ends(busy_folder: Path) -> None:
    """S-15, T-11: one sentence, status 1, no traceback; offscreen there is nobody to show a window to."""
    done = start(busy_folder, QT_QPA_PLATFORM="offscreen")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == ["posclient run: 这个数据目录正由另一个窗口使用，请回到那个窗口，或先关闭它。"]


@pytest.mark.parametrize("platform", ["xcb", "of-no-such-kind"])
def test_without_a_display_one_sentence_says_so(tmp_path: Path, platform: str) -> None:
    """Not Qt's abort (status 134) with five lines of its own."""
    done = start(tmp_path, QT_QPA_PLATFORM=platform)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "图形界面" in done.stderr
    assert "QT_QPA_PLATFORM" in done.stderr
