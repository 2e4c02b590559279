"""A member code is one member's: the chain gives a card to somebody else, and the old owner is not in the file (C1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.chain_tables import MemberRow
from sync.hq.imports import importing
from sync.hq.imports.importing import import_folder
from sync.hq.imports.reading import Fault
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill

HEADER = "id,code,phone,home_store\n"


def load(hq: HqServer, folder: Path, *rows: str, header: str = HEADER) -> list[Fault]:
    folder.mkdir(exist_ok=True)
    (folder / "stores.csv").write_text("id,name\nS001,一店\n", encoding="utf-8")
    (folder / "members.csv").write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    faults: list[Fault] = []
    import_folder(hq.database, folder, False, faults.append)
    return faults


def codes(hq: HqServer) -> dict[str, str]:
    with hq.database.read() as session:
        return {member: session.get_one(MemberRow, member).code for member in ("M1", "M2")}


@pytest.fixture
def two(hq_server: HqServer, tmp_path: Path) -> HqServer:
    assert load(hq_server, tmp_path / "in", "M1,C1,13900110001,S001", "M2,C2,13900110002,S001") == []
    return hq_server


def test_the_code_goes_over(two: HqServer, tmp_path: Path, new_till: NewTill) -> None:
    till = new_till("S001")
    assert load(two, tmp_path / "in", "M2,C1,13900110002,S001") == []
    assert codes(two) == {"M1": "M1", "M2": "C1"}
    members = {
        key: row.d["code"] for (table, key), row in till.pull("store:S001")[0].items() if table == "member" and row.d
    }
    assert members == {"M1": "M1", "M2": "C1"}, "a scan at the till finds the new owner alone"


@pytest.mark.parametrize("batch", [1, 2000])
def test_two_members_change_codes(two: HqServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(importing, "BATCH", batch)
    assert load(two, tmp_path / "in", "M1,C2,13900110001,S001", "M2,C1,13900110002,S001") == []
    assert codes(two) == {"M1": "C2", "M2": "C1"}
    assert load(two, tmp_path / "in", "M2,C2,13900110002,S001", "M1,C1,13900110001,S001") == []
    assert codes(two) == {"M1": "C1", "M2": "C2"}


def test_who_has_no_other_code_than_their_id_keeps_it(two: HqServer, tmp_path: Path) -> None:
    """They came without an id, so the code became theirs."""
    assert load(two, tmp_path / "in", "C9,13900110009", header="code,phone\n") == []
    (fault,) = load(two, tmp_path / "in", "M2,C9,13900110002,S001")
    assert (fault.line, fault.column, fault.code) == (2, "code", "code_is_an_id")
    assert codes(two)["M2"] == "C2"
    assert load(two, tmp_path / "in", "C9,C10,13900110009,S001", "M2,C9,13900110002,S001") == []
    assert codes(two)["M2"] == "C9"
