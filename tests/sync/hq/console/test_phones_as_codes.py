"""A chain whose members' codes are their phones: the console shows none of them whole (S-26)."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from sqlalchemy import update

from sync.hq.clock import UtcClock
from sync.hq.erasing import erase
from sync.hq.fact_tables import ValetOrderRow
from sync.hq.imports.importing import import_folder
from sync.hq.lease_tables import LossRow, ValueAccountRow, ValueLeaseRow
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import Visitor
from tests.sync.hq.test_valet_effect import order
from tests.sync.hq.till_at_hq import TillAtHq

PHONE, MASKED = "13812340000", "138****0000"
MEMBERS = f"code,phone,name,home_store\n{PHONE},{PHONE},李雷,S001\n"
COUPONS = f"id,member,kind,amount,name\nK9,{PHONE},amount_off,100,秋季券\n"


@pytest.fixture
def chain(hq_server: HqServer, tmp_path: Path) -> HqServer:
    """Its file of members has no column ``id``, so the code is that too."""
    (tmp_path / "members.csv").write_text(MEMBERS, encoding="utf-8")
    (tmp_path / "coupons.csv").write_text(COUPONS, encoding="utf-8")
    assert import_folder(hq_server.database, tmp_path, True, print).bad == 0
    return hq_server


def used(server: HqServer) -> None:
    """The member bought and ordered, has an account that a till has a part of, and overdrew it."""
    till = TillAtHq(server.url, server.code("S001", 2))
    placed, _ = order(till, ("A", 1))
    till.push(till.sale(member=PHONE), placed)
    till.close()
    with server.database.write() as session:
        session.execute(update(ValetOrderRow).values(member=PHONE))
        session.merge(ValueAccountRow(member=PHONE, unit="stored_value", balance=100, free=0))
        session.add(ValueLeaseRow(id="L9", member=PHONE, terminal="S001-2", kind="lease", amount=100, not_after_ms=1))
        session.add(
            LossRow(
                kind="stored_value", subject=PHONE, fact="F9", sale="F9", receipt="", store="S001",
                terminal="S001-2", cashier="G7", amount=1, cap=0, settled="first", at_ms=1_790_000_000_000,
            )
        )  # fmt: skip


def seen(page: str) -> str:
    """The page without its links and scripts, which go by the key."""
    return re.sub(r"<script.*?</script>|pk=[^\"'&]*|data-sa-pk=\"[^\"]*\"", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("view", ["coupon", "sale", "valet_order", "value_account", "value_lease", "loss"])
def test_a_list_and_its_rows_mask_it(visitor: Visitor, chain: HqServer, view: str) -> None:
    used(chain)
    visitor.log_in()
    page = visitor.get(f"/admin/{view}/list").text
    links = dict.fromkeys(re.findall(rf'href="[^"]*(/admin/{view}/detail\?pk=[^"]*)"', page))
    shown = [seen(visitor.get(link.replace("&amp;", "&")).text) for link in links]
    assert MASKED in seen(page) or view == "loss"
    assert any(MASKED in one for one in shown)
    assert not [one for one in (seen(page), *shown) if PHONE in one]


def test_a_member_is_still_found_by_it(visitor: Visitor, chain: HqServer) -> None:
    """The card that a person holds in their hand has it."""
    used(chain)
    visitor.log_in()
    for view in ("coupon", "value_account", "value_lease"):
        assert f"/admin/{view}/detail?pk=" in visitor.get(f"/admin/{view}/list?q={PHONE}").text, view


def test_a_file_masks_it(visitor: Visitor, chain: HqServer) -> None:
    used(chain)
    visitor.log_in()
    rows = csv.DictReader(io.StringIO(visitor.get("/admin/csv/loss").text.removeprefix("\ufeff")))
    assert MASKED in [row["subject"] for row in rows]


def test_the_audit_masks_who_was_forgotten(visitor: Visitor, chain: HqServer) -> None:
    erase(chain.database, UtcClock(), "zhao", PHONE)
    visitor.log_in()
    page = visitor.get("/admin/act/list").text
    assert (MASKED in page, PHONE in page) == (True, False)
