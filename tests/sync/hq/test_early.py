"""Sales that come before their member: from another till, after a restore, or before the night's import."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.chain_tables import MemberRow
from sync.hq.imports.importing import import_folder
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.test_member_effect import registration


def points(server: HqServer, member: str) -> int:
    with server.database.read() as session:
        return session.get_one(MemberRow, member).points


def people(server: HqServer, folder: Path, *rows: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "members.csv").write_text("\n".join(["code,phone,name,id,points", *rows]) + "\n", encoding="utf-8")
    assert import_folder(server.database, folder, False, lambda fault: pytest.fail(str(fault))).bad == 0


def test_a_code_that_was_claimed_before_its_member_was_imported_earns(
    new_till: NewTill, hq_server: HqServer, tmp_path: Path
) -> None:
    """Somebody joins by the chain's own programme at noon, and HQ hears of them in the night: once, however often."""
    till = new_till()
    till.push(till.sale(claimed_code="QL1"), till.sale(claimed_code="QL2"), till.sale(claimed_code="QL2"))
    people(hq_server, tmp_path / "in", "QL1,13912345678,Wang,,5", "QL2,13912345679,Li,M2,0")
    assert (points(hq_server, "QL1"), points(hq_server, "M2")) == (15, 20)
    people(hq_server, tmp_path / "in", "QL1,13912345678,Wang,,5", "QL2,13912345679,Li,M2,0")
    assert (points(hq_server, "QL1"), points(hq_server, "M2")) == (15, 20)


def test_a_sale_that_comes_before_its_member_is_imported_earns(
    new_till: NewTill, hq_server: HqServer, tmp_path: Path
) -> None:
    """S-12: after a restore, what was imported since the backup is to be imported once more; tills are quicker."""
    till = new_till()
    till.push(till.sale(member="M2", points=7))
    people(hq_server, tmp_path / "in", "QL2,13912345679,Li,M2,100")
    assert points(hq_server, "M2") == 107


def test_a_code_that_was_claimed_before_its_registration_came_earns(new_till: NewTill, hq_server: HqServer) -> None:
    """The store that registered them is still offline."""
    till, other = new_till("S001"), new_till("S002")
    other.push(other.sale(claimed_code="CM7"))
    registered, side = registration(till, "M7")
    till.push(registered, sides=[side])
    assert points(hq_server, "M7") == 10


def test_the_code_of_a_registration_that_was_united_earns(new_till: NewTill, hq_server: HqServer) -> None:
    """A till gives each member their id as code, also where HQ keeps an older one of the same phone."""
    till, other = new_till("S001"), new_till("S002")
    first, first_side = registration(till, "M1")
    second, second_side = registration(other, "M2")
    till.push(first, sides=[first_side])
    other.push(second, sides=[second_side])
    till.push(till.sale(claimed_code="M2"))
    assert points(hq_server, "M1") == 10
