"""A row without an id whose code HQ does not know, of a phone that a member has: theirs, or somebody else's?"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from sync.hq.chain_tables import MemberRow
from sync.hq.database import Database
from sync.hq.imports import importing
from sync.hq.lease_tables import ValueAccountRow
from tests.sync.hq.test_import_folder import run, write

HEADER = "code,phone,id,stored_value\n"
WANG, LI = "13912345678", "13912345679"


def people(database: Database, folder: Path, *rows: str, header: str = HEADER) -> list[tuple[int, str, str]]:
    _, faults = run(database, write(folder / "in", members=header + "\n".join(rows) + "\n"))
    return [fault[1:] for fault in faults]


def known(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {one.id: one.code for one in session.exec(select(MemberRow))}


def value(database: Database) -> int:
    with database.read() as session:
        return sum(one.balance for one in session.exec(select(ValueAccountRow)))


def test_a_new_card_opens_no_second_account(hq_database: Database, tmp_path: Path) -> None:
    """Their stored value would be there twice, and both could be spent."""
    short = "code,phone,stored_value\n"
    assert people(hq_database, tmp_path, f"001234,{WANG},500", header=short) == []
    for _ in range(2):
        faults = people(hq_database, tmp_path, f"1234,{WANG},500", f"C2,{LI},0", header=short)
        assert faults == [(2, "phone", "phone_of_another")]
    assert (known(hq_database), value(hq_database)) == ({"001234": "001234", "C2": "C2"}, 500)
    assert people(hq_database, tmp_path, f"1234,{WANG},001234,500") == [], "with their id it is their new card"
    assert (known(hq_database), value(hq_database)) == ({"001234": "1234", "C2": "C2"}, 500)


@pytest.mark.parametrize("batch", [1, 2000])
def test_two_of_one_phone_need_ids(
    hq_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """A family: whoever comes first is there; the other one is somebody else only where the chain says so."""
    monkeypatch.setattr(importing, "BATCH", batch)
    family = [f"C1,{WANG},,100", f"C2,{WANG},,100"]
    for _ in range(2):
        assert people(hq_database, tmp_path, *family) == [(3, "phone", "phone_of_another")]
    family[1] = f"C2,{WANG},M2,100"
    for _ in range(2):
        assert people(hq_database, tmp_path, *family) == []
    assert (known(hq_database), value(hq_database)) == ({"C1": "C1", "M2": "C2"}, 200)
    assert people(hq_database, tmp_path, *(row.replace("M2", "") for row in family)) == [], "both codes are known now"


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("batch", [1, 2000])
@pytest.mark.parametrize("rows", [(f"C1,{LI},,", f"C9,{WANG},,"), (f"C9,{WANG},,", f"C1,{LI},,")])
def test_a_phone_that_its_owner_has_given_up_is_free(
    hq_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: tuple[str, ...], batch: int,
    strict: bool,
) -> None:  # fmt: skip
    """Wherever the rows stand: a strict import was refused as a whole for their order."""
    assert people(hq_database, tmp_path, f"C1,{WANG},,") == []
    monkeypatch.setattr(importing, "BATCH", batch)
    folder = write(tmp_path / "in", members=HEADER + "\n".join([*rows, "C3,13912345670,,"]) + "\n")
    report, faults = run(hq_database, folder, strict)
    assert (faults, report.files["members.csv"].as_told(), report.undone) == ([], {"good": 3, "bad": 0}, False)
    assert known(hq_database) == {"C1": "C1", "C9": "C9", "C3": "C3"}


@pytest.mark.parametrize("strict", [False, True])
def test_a_phone_that_nobody_gives_up_is_not(
    hq_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strict: bool
) -> None:
    """Each row is told once, and the row by which its owner would have given it up is no good."""
    assert people(hq_database, tmp_path, f"C1,{WANG},,") == []
    monkeypatch.setattr(importing, "BATCH", 1)
    rows = [f"C9,{WANG},,", f"C1,{LI},,x", "C9,13912345670,,", f"C8,{WANG},,", "C3,13912345671,,"]
    report, faults = run(hq_database, write(tmp_path / "in", members=HEADER + "\n".join(rows) + "\n"), strict)
    told = [
        (3, "stored_value", "not_whole"),
        (4, "code", "doubled"),
        *((n, "phone", "phone_of_another") for n in (2, 5)),
    ]
    assert [fault[1:] for fault in faults] == told
    assert report.files["members.csv"].as_told() == {"good": 1, "bad": 4}
    assert known(hq_database) == ({"C1": "C1"} if strict else {"C1": "C1", "C3": "C3"})
