"""``posclient doctor`` of a folder whose files are there and empty: a finding, not the end (S-28)."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.db.connection import TILL_FILE
from posclient.db.hub_file import HUB_FILE
from posclient.db.live_cache import live_path
from tests.actions.kidswear import StandingClock, make_folder
from ui.commands.doctor import examine


@pytest.mark.parametrize("check", ["cache", "hub"])
def test_a_file_that_is_empty_is_a_finding(tmp_path: Path, check: str) -> None:
    """As a disk that lost it leaves it, or a hub that was killed before it had made its tables."""
    make_folder(tmp_path, StandingClock())
    path = live_path(tmp_path) if check == "cache" else tmp_path / HUB_FILE
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    path.touch()
    found = examine(tmp_path)
    assert (found["ok"], found["checks"][check]["state"], found["checks"][check]["code"]) == (
        False,
        "failed",
        "corrupt",
    )
    assert found["checks"]["unsent"]["state"] == "ok"


def test_a_record_that_was_emptied_is_not_called_an_older_one(tmp_path: Path) -> None:
    """Whoever then opened the till to upgrade it began an empty one, and never heard that its sales were gone."""
    make_folder(tmp_path, StandingClock())
    for name in (TILL_FILE, f"{TILL_FILE}-wal", f"{TILL_FILE}-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / TILL_FILE).touch()
    assert examine(tmp_path)["checks"]["till_db"] == {"state": "failed", "code": "no_till", "path": str(tmp_path)}
