"""``posclient doctor`` on a folder that is all well, but in which no till can open."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from posclient.db.connection import TILL_FILE
from posclient.db.live_cache import live_path
from posclient.db.lock import LOCK_FILE, FolderLock
from posclient.errors import DataError
from tests.actions.kidswear import StandingClock, make_folder
from tests.sync.test_damaged_till import spoil
from ui.commands.doctor import examine


def test_a_lock_that_cannot_be_taken_is_told(tmp_path: Path) -> None:
    """A disk that only reads, or somebody ran a command as root first: the till did not open, and all was well here."""
    make_folder(tmp_path, StandingClock())
    (tmp_path / LOCK_FILE).unlink(missing_ok=True)
    (tmp_path / LOCK_FILE).mkdir()  # root, as whom tests may run, opens any other file
    with pytest.raises(DataError, match="cannot_open"):
        FolderLock(tmp_path)
    found = examine(tmp_path)["checks"]["folder"]
    assert (found["state"], found["code"], found["path"]) == ("failed", "cannot_open", str(tmp_path))


def test_a_till_that_runs_is_no_fault(tmp_path: Path) -> None:
    make_folder(tmp_path, StandingClock())
    with FolderLock(tmp_path):
        assert examine(tmp_path)["checks"]["folder"] == {"state": "ok", "running": True}


@pytest.fixture
def in_china(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as there:
        there.setenv("TZ", "CST-8")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_china")
def test_the_time_zone_of_the_computer_is_told(tmp_path: Path) -> None:
    """A new machine comes with another one: its sales fall on another day, and its clock is right for HQ."""
    found = examine(tmp_path)["checks"]["time_zone"]
    assert (found["state"], found["name"], found["utc_offset"]) == ("ok", "CST", "+08:00")
    assert len(found["local"]) == len("2026-11-21 14:03")


def test_a_damaged_page_is_named_with_its_table(tmp_path: Path) -> None:
    """T-6: support was told that something in the file is malformed, and no more."""
    make_folder(tmp_path, StandingClock())
    spoil(tmp_path / TILL_FILE, "staff_lock")
    found = examine(tmp_path)["checks"]["till_db"]
    assert (found["state"], found["code"], found["tables"]) == ("failed", "corrupt", ["staff_lock"])
    assert "Page " in found["detail"]
    spoil(live_path(tmp_path), "price_key")
    assert examine(tmp_path)["checks"]["cache"]["tables"] == ["price"]
