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


@pytest.mark.parametrize("rows", [(f"C1,{LI},,", f"C9,{WANG},,"), (f"C9,{WANG},,", f"C1,{LI},,")])
def test_a_phone_that_its_owner_has_given_up_is_free(
    hq_database: Database, tmp_path: Path, rows: tuple[str, ...]
) -> None:
    assert people(hq_database, tmp_path, f"C1,{WANG},,") == []
    assert people(hq_database, tmp_path, *rows) == []
    assert known(hq_database) == {"C1": "C1", "C9": "C9"}
