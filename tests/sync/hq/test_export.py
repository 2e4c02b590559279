"""``hq export`` to what is no file of its own: ``/dev/stdout``, a pipe, a link to where another program looks."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sync.hq import database
from sync.hq.bulk import insert_rows
from sync.hq.database import Database, open_database
from sync.hq.fact_tables import SaleRow
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


def test_whoever_reads_the_pipe_takes_their_time(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page a minute, say. PostgreSQL ends a transaction of ours that does nothing for so long, and it told of that
    as of a database that is away, in the middle of the file.
    """
    monkeypatch.setattr(database, "_IDLE_MS", 200)
    sales, pipe, read = 6000, tmp_path / "pipe", list[str]()
    hq = open_database(postgres_url)
    with hq.write() as session:
        insert_rows(session, SaleRow, [_sale(number) for number in range(sales)])
    os.mkfifo(pipe)

    def slowly() -> None:
        with pipe.open() as file:
            read.append(file.readline())
            time.sleep(1)
            read.extend(file)

    reader = threading.Thread(target=slowly, daemon=True)
    reader.start()
    assert export_sales(hq, pipe) == sales
    reader.join(10)
    assert len(read) == sales + 1
    hq.close()


def _sale(number: int) -> dict[str, Any]:
    texts = {name: f"{name}{number:030}" for name in ("fact", "id", "receipt", "shift", "cashier")}
    money = dict.fromkeys(("gross", "total", "rounding", "points"), 1)
    place = {"terminal": "S001-1", "store": "S001", "slot": 1, "business_date": "2026-11-21", "at": "2026-11-21"}
    return {**texts, **money, **place, "seq": number}
