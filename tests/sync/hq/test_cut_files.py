"""A file that broke off in its last cell looks like one whose author ended it without an end of line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import rows, run, write
from tests.sync.hq.test_told_amiss import told

WHOLE = "sku,name,price\nA,x,12900\nB,x,25900"


@pytest.mark.parametrize("cut", [0, 2])
@pytest.mark.parametrize("strict", [False, True])
def test_a_last_row_without_an_end_of_line_is_told(
    hq_database: Database, tmp_path: Path, cut: int, strict: bool
) -> None:
    """259 of 25900 went in without a word. Which of the two it is nobody can tell, so the row is in."""
    folder = write(tmp_path / "in", products=WHOLE[: len(WHOLE) - cut])
    report, faults = run(hq_database, folder, strict)
    assert faults == [("products.csv", 3, "", "no_line_end")]
    assert (report.bad, report.undone, report.files["products.csv"].good) == (0, False, 2)
    assert rows(hq_database, "zone:z1")["price", "B"]["price"] == int("25900"[: 5 - cut])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n"])
def test_a_last_row_with_an_end_of_line_is_not(hq_database: Database, tmp_path: Path, end: str) -> None:
    folder = write(tmp_path / "in")
    (folder / "products.csv").write_bytes(WHOLE.replace("\n", end).encode() + end.encode())
    assert run(hq_database, folder)[1] == []


def test_a_row_that_is_short_of_cells_is_still_no_row(hq_database: Database, tmp_path: Path) -> None:
    report, faults = run(hq_database, write(tmp_path / "in", products=WHOLE[:-6]))
    assert faults == [("products.csv", 3, "", "cells"), ("products.csv", 3, "", "no_line_end")]
    assert report.bad == 1


def test_what_to_look_at_is_said(hq_database: Database, tmp_path: Path) -> None:
    (line,) = told(hq_database, tmp_path / "in", products=WHOLE)
    assert line.startswith("products.csv:3: ")
