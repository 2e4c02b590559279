"""What was imported since a backup is imported once more after HQ was restored; the tills were quicker."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.hq.chain_tables import CouponRow
from sync.hq.imports.importing import import_folder
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import use

PEOPLE = "code,phone,home_store\nQL1,13912345678,S001\n"
COUPONS = (
    "id,member,kind,amount,single_use\n"
    "K1,QL1,amount_off,10,true\nK2,QL1,amount_off,10,true\nK3,QL1,amount_off,10,false\n"
)


def imported(server: HqServer, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "members.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "coupons.csv").write_text(COUPONS, encoding="utf-8")
    assert import_folder(server.database, folder, False, lambda fault: pytest.fail(str(fault))).bad == 0


def states(server: HqServer) -> dict[str, str]:
    with server.database.read() as session:
        return {key: session.get_one(CouponRow, key).state for key in ("K1", "K2", "K3")}


def test_a_coupon_that_was_used_before_it_was_imported_is_used(
    new_till: NewTill, hq_server: HqServer, tmp_path: Path
) -> None:
    """S-12: else all tills would offer it again, and a lease of it would take it from the sale that had it first."""
    till = new_till()
    assert till.codes(till.sale(coupons=(use("K1"), use("K3")))) == [("applied", None)]
    for _ in range(2):
        imported(hq_server, tmp_path / "in")
        assert states(hq_server) == {"K1": "used", "K2": "active", "K3": "active"}
    assert till.row("store:S001", "coupon", "K1")["state"] == "used"
    assert till.row("store:S001", "coupon", "K2")["state"] == "active"
