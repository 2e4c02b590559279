"""A migration that could not be done leaves no copy of till.db behind: each start would make one more (T-5, S-28)."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from posclient.db import connection
from posclient.db.connection import TILL_FILE, connect, transaction
from posclient.db.till_file import BACKUP_FOLDER, open_till
from posclient.errors import DataError

OLD = Path(__file__).parent / "old"


def copies(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / BACKUP_FOLDER).iterdir())


def test_a_file_that_is_held_is_copied_once_however_often_it_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file of years, a few such starts took the room that the next sale needs."""
    shutil.copy(OLD / "till-v3.db", tmp_path / TILL_FILE)
    monkeypatch.setattr(connection, "BUSY_MS", 20)
    with closing(connect(tmp_path / TILL_FILE)) as other, transaction(other):
        for _ in range(3):
            with pytest.raises(DataError, match="database_busy"):
                open_till(tmp_path)
    assert copies(tmp_path) == []
    open_till(tmp_path).close()
    assert copies(tmp_path) == ["till-v3.db"]
