"""Members that a file names by their code alone, who have another id."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from sync.hq.chain_tables import MemberRow
from sync.hq.imports.importing import import_folder
from sync.hq.lease_tables import ValueAccountRow
from tests.sync.conftest import HqServer


def people(server: HqServer, folder: Path, *rows: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "members.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert import_folder(server.database, folder, False, lambda fault: pytest.fail(str(fault))).bad == 0


def known(server: HqServer) -> list[tuple[str, str, int]]:
    with server.database.read() as session:
        rows = session.exec(select(MemberRow).order_by(MemberRow.id))
        return [(one.id, one.code, one.points) for one in rows]


@pytest.mark.parametrize("header", ["code,phone,tier", "code,phone,tier,id"])
def test_who_is_named_by_code_is_the_member_of_that_code(hq_server: HqServer, tmp_path: Path, header: str) -> None:
    """A column that a file leaves out changes nothing; least of all it opens their accounts a second time."""
    people(hq_server, tmp_path, "code,phone,id,points,stored_value", "QL1,13912345678,M1,30,100")
    more = "," * (header.count(",") - 2)
    for _ in range(2):
        people(hq_server, tmp_path, f"{header},points,stored_value", f"QL1,13912345678,gold{more},30,100")
    assert known(hq_server) == [("M1", "QL1", 30)]
    with hq_server.database.read() as session:
        assert [one.balance for one in session.exec(select(ValueAccountRow))] == [100]
        assert '"tier":"gold"' in session.get_one(MemberRow, "M1").data


def test_a_code_that_somebody_gave_up_in_the_same_file_is_somebody_elses(hq_server: HqServer, tmp_path: Path) -> None:
    people(hq_server, tmp_path, "code,phone,id,points", "QL1,13912345678,M1,30")
    people(hq_server, tmp_path, "code,phone,id,points", "QL9,13912345678,M1,30", "QL1,13912345679,,5")
    assert known(hq_server) == [("M1", "QL9", 30), ("QL1", "QL1", 5)]
