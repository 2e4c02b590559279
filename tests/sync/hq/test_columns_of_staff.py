"""A column that staff.csv leaves out changes nothing of who is here already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sync.hq.database import Database
from tests.sync.hq.test_import_folder import FILES, rows, run, write

WHOLE = "id,store,name,badge,roles,pin,active\nG1,S001,一,B1,guide,1234,false\nG2,S001,二,B2,guide,2345,true\n"
NEITHER, ROW = "id,store,name,roles,pin\n", "G1,{},一,cashier,1234\n"


@pytest.fixture
def database(hq_database: Database, tmp_path: Path) -> Database:
    assert run(hq_database, write(tmp_path / "whole", stores=FILES["stores"], staff=WHOLE))[1] == []
    return hq_database


def found(database: Database, folder: Path, text: str, strict: bool = False, store: str = "S001") -> Any:
    assert run(database, write(folder / "part", staff=text), strict)[1] == []
    feed = rows(database, f"store:{store}")
    return {key: (one["badge"], one["active"]) for (table, key), one in feed.items() if table == "staff"}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("head", "cells", "now"), [
    ("", "", ("B1", False)), (",badge", ",B9", ("B9", False)), (",badge", ",", ("", False)),
    (",active", ",true", ("B1", True)), (",active", ",", ("B1", True)), (",badge,active", ",,", ("", True)),
])  # fmt: skip
def test_what_is_left_out_stays(
    database: Database, tmp_path: Path, strict: bool, head: str, cells: str, now: tuple[str, bool]
) -> None:
    """Who had left was at work again, and no card was anybody's any more."""
    text = NEITHER.replace("\n", f"{head}\n") + ROW.format("S001").replace("\n", f"{cells}\n")
    assert found(database, tmp_path, text, strict) == {"G1": now, "G2": ("B2", True)}


def test_it_goes_along_into_another_store(database: Database, tmp_path: Path) -> None:
    assert found(database, tmp_path, NEITHER + ROW.format("S002"), store="S002") == {"G1": ("B1", False)}
    assert set(found(database, tmp_path, NEITHER + ROW.format("S002"))) == {"G2"}


def test_who_is_new_is_at_work_without_a_card(database: Database, tmp_path: Path) -> None:
    assert found(database, tmp_path, NEITHER + "G3,S002,三,guide,3456\n", store="S002") == {"G3": ("", True)}
