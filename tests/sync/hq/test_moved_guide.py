"""A guide who changes stores: what HQ allowed them for the month goes along (G2)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlmodel import col, select

from sync.hq.database import Database
from sync.hq.imports.importing import import_folder
from sync.hq.tables import FeedRow
from tests.sync.conftest import HqServer

STAFF = "id,store,name,roles,pin\n"
ONE, TWO, OTHER = "G1,S001,林,guide,1234\n", "G1,S002,林,guide,1234\n", "G1/2,S001,王,guide,1234\n"


def imported(database: Database, folder: Path, **files: str) -> None:
    """Only these files, as when somebody moves one person."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    assert import_folder(database, folder, False, lambda fault: pytest.fail(str(fault))).bad == 0


def allowances(database: Database) -> dict[str, dict[str, int]]:
    """Fen by store and key."""
    found: dict[str, dict[str, int]] = {"store:S001": {}, "store:S002": {}}
    with database.read() as session:
        live = FeedRow.table_name == "allowance", col(FeedRow.data).is_not(None)
        for feed, key, data in session.exec(select(FeedRow.feed, FeedRow.key, FeedRow.data).where(*live)):
            found[feed][key] = json.loads(data or "")["amount"]
    return found


def test_a_guide_takes_the_months_allowance_along(hq_server: HqServer, tmp_path: Path) -> None:
    """Moved in the middle of a month; the allowances of that month were imported at its first."""
    database, folder = hq_server.database, tmp_path / "in"
    imported(
        database, folder, stores="id,name\nS001,一店\nS002,二店\n", staff=STAFF + ONE + OTHER,
        allowances="guide,month,amount\nG1,2099-11,32000\nG1,2099-12,30000\nG1/2,2099-11,500\n",
    )  # fmt: skip
    imported(database, folder, staff=STAFF + TWO)
    assert allowances(database) == {
        "store:S001": {"G1/2/2099-11": 500},
        "store:S002": {"G1/2099-11": 32000, "G1/2099-12": 30000},
    }
    imported(database, folder, staff=STAFF + ONE)
    assert allowances(database)["store:S002"] == {}
    assert allowances(database)["store:S001"]["G1/2099-11"] == 32000
