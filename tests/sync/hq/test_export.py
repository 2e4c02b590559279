"""``hq export`` to what is no file of its own: ``/dev/stdout``, a pipe, a link to where another program looks."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from sync.hq.database import Database
from sync.hq.statistics import export_sales

HEAD = "basket,receipt,terminal,total\n"


def test_a_pipe_is_written_to_and_stays_one(hq_database: Database, tmp_path: Path) -> None:
    """Whoever runs commands as root would have lost the system's /dev/stdout."""
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    export_sales(hq_database, pipe)
    reader.join(10)
    assert (read, pipe.is_fifo()) == ([HEAD], True)


def test_a_link_stays_one(hq_database: Database, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "sales.csv").symlink_to(tmp_path / "share" / "sales.csv")
    export_sales(hq_database, tmp_path / "sales.csv")
    assert (tmp_path / "share" / "sales.csv").read_text() == HEAD
