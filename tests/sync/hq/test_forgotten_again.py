"""Who was forgotten is still in the chain's file of all members, which comes each night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from sync.hq.chain_tables import CouponRow, MemberRow
from sync.hq.clock import UtcClock
from sync.hq.database import Database, open_database
from sync.hq.erasing import erase
from sync.hq.imports.importing import Report
from tests.sync.hq.test_import_folder import run, write

MEMBERS = "code,phone,id\nC1,13912345671,M1\nC2,13912345672,\nC3,13912345673,\n"
COUPONS = "id,member,kind,amount\nK1,C1,amount_off,100\nK2,C2,amount_off,100\nK3,C3,amount_off,100\n"


@pytest.fixture
def database(url: str, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(url)
    run(opened, write(tmp_path / "in", members=MEMBERS, coupons=COUPONS))
    for member in ("M1", "C2"):
        erase(opened, UtcClock(), "zhao", member)
    yield opened
    opened.close()


def told(report: Report) -> dict[str, dict[str, int]]:
    return {name: counted.as_told() for name, counted in report.files.items()}


def here(database: Database) -> tuple[list[str], list[str]]:
    with database.read() as session:
        return (
            sorted(one.id for one in session.exec(select(MemberRow))),
            sorted(one.id for one in session.exec(select(CouponRow))),
        )


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("url", ["sqlite", "postgres"], indirect=True)
def test_they_do_not_come_back(database: Database, tmp_path: Path, strict: bool) -> None:
    """Nor is the file at fault, which a strict import would leave nothing of."""
    report, said = run(database, tmp_path / "in", strict)
    assert here(database) == (["C3"], ["K3"])
    counted = {"good": 1, "bad": 0, "forgotten": 2}
    assert (told(report), report.undone) == ({"members.csv": counted, "coupons.csv": counted}, False)
    assert said == [
        ("members.csv", 2, "id", "forgotten"), ("members.csv", 3, "code", "forgotten"),
        ("coupons.csv", 2, "member", "forgotten"), ("coupons.csv", 3, "member", "forgotten"),
    ]  # fmt: skip


def test_somebody_new_has_their_card(database: Database, tmp_path: Path) -> None:
    """Whoever the chain gives it to with an id of their own, or who has it already."""
    for _ in range(2):
        _, said = run(database, write(tmp_path / "new", members="code,phone,id\nC2,13912345674,M4\n"))
        assert said == []
    assert run(database, write(tmp_path / "new", members="code,phone\nC2,13912345674\n"))[1] == []
    assert here(database)[0] == ["C3", "M4"]


def test_a_file_of_coupons_alone_knows_who_was_called_by_their_code(database: Database, tmp_path: Path) -> None:
    """Of who had an id beside it HQ keeps no code."""
    _, said = run(database, write(tmp_path / "new", coupons=COUPONS))
    assert [fault[1:] for fault in said] == [(2, "member", "unknown_member"), (3, "member", "forgotten")]
