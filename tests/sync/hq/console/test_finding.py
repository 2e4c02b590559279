"""What somebody at HQ has in hand finds its row, shown in the list or not; and who is masked stays so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import select

from sync.hq.chain_tables import CouponRow, MemberRow
from sync.hq.console.lists import ReadOnly
from sync.hq.console.masking import NAMING
from sync.hq.console_tables import Administrator, ConsoleAct
from sync.hq.fact_tables import FactRow, Incident, Quarantine, RemovalRow, SaleRow, ValetOrderRow
from sync.hq.lease_tables import CouponLeaseRow, LossRow, ValueLeaseRow
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import Visitor

PHONE = "13812340000"
ORDER: dict[str, Any] = {
    "store": "S001", "at": "2026-11-26T20:00:00+08:00", "guide": "G7", "total": 1, "discount": 0, "lines": "[]",
    "state": "placed", "reason": "",
}  # fmt: skip
LOSS: dict[str, Any] = {
    "store": "S001", "terminal": "S001-2", "cashier": "E7", "amount": 1, "cap": 0, "settled": "first", "at_ms": 1,
}  # fmt: skip
REMOVAL: dict[str, Any] = {
    "terminal": "S001-2", "store": "S001", "business_date": "2026-11-26", "at": ORDER["at"], "cashier": "E7",
}  # fmt: skip
TILL: dict[str, Any] = {
    "terminal": "S001-2", "incarnation": "i", "kind": "SaleCompleted", "kind_version": 1, "received_ms": 1,
    "body": b"{}", "hash": "h",
}  # fmt: skip


@pytest.fixture
def chain(hq_server: HqServer) -> HqServer:
    """One row of each kind more, of a chain whose codes are phones."""
    hq_server.code("S001", 2)
    with hq_server.database.write() as session:
        session.add_all([
            MemberRow(id="M8", code=PHONE, phone_index="x", data="{}"),
            CouponRow(id="K8", member="M8", single_use=True, data='{"name":"x","rule":{},"until":null}'),
            CouponLeaseRow(coupon="K8", store="S001", kind="lease", from_ms=1, not_after_ms=2),
            ValueLeaseRow(id="L8", member="M8", terminal="S001-2", kind="lease", amount=1, not_after_ms=1),
            ValetOrderRow(fact="FO8", id="O8", number="S001-2-V000008", terminal="S001-2", **ORDER),
            RemovalRow(fact="FR8", sku="A", name="x", qty=1, price=1, amount=1, receipt="", reason="", **REMOVAL),
            LossRow(kind="stored_value", subject="M8", fact="FL8", sale="SL8", receipt="R8", approver="B8", **LOSS),
            LossRow(kind="stored_value", subject=PHONE, fact="FL9", sale="SL9", receipt="R9", **LOSS),
            Incident(code="fork", terminal="S001-2", incarnation="i", seq=1, until_seq=1, fact="FI8", at_ms=1),
            Quarantine(seq=8, fact="FQ8", code="unknown_kind", detail="", **TILL),
            FactRow(id="FO8", seq=6, outcome="applied", **TILL),
            Administrator(name="lihua", secret="-", set_ms=1),
            ConsoleAct(at_ms=1, administrator="zhao", act="erase", subject=PHONE),
            ConsoleAct(at_ms=1, administrator="zhao", act="admin", subject="lihua"),
        ])  # fmt: skip
    return hq_server


def rows(visitor: Visitor, view: str, **asked: str) -> int:
    """How many are listed."""
    page = visitor.get(f"/admin/{view}/list", params=asked)
    return len(set(re.findall(rf"/admin/{view}/detail\?pk=[^\"]*", page.text)))


@pytest.mark.parametrize(("view", "term"), [
    ("quarantine", "FQ8"), ("quarantine", "fq8"), ("quarantine", "unknown_kin"), ("quarantine", "S001-2"),
    ("incident", "FI8"), ("incident", "fork"),
    ("loss", "R8"), ("loss", "B8"), ("loss", "M8"), ("loss", "FL8"), ("loss", "SL8"),
    ("coupon_lease", PHONE), ("coupon_lease", "M8"), ("coupon_lease", "K8"),
    ("value_lease", "L8"), ("value_lease", PHONE),
    ("valet_order", "FO8"), ("valet_order", "G7"), ("valet_order", "S001-2-V000008"),
    ("removal", "FR8"), ("fact", "O8"), ("fact", "S001-2-V000008"), ("fact", "FO8"),
    ("act", "lihu"), ("act", "S001-2"), ("act", PHONE),
])  # fmt: skip
def test_it_is_found(visitor: Visitor, chain: HqServer, view: str, term: str) -> None:
    visitor.log_in()
    assert rows(visitor, view, q=term) == 1


def test_an_exception_is_found_by_its_receipt(visitor: Visitor, hq_server: HqServer) -> None:
    """Two sales used one coupon; the cashier reads the number off the slip. The fact has it too."""
    with hq_server.database.read() as session:
        odd = session.exec(select(FactRow.id).where(FactRow.outcome == "applied_with_exception")).one()
        sale = session.get_one(SaleRow, odd)
    visitor.log_in()
    for term in (f"S001-1-20261121-{sale.seq:06d}", sale.id, odd):
        assert (rows(visitor, "exception", q=term), rows(visitor, "fact", q=term)) == (1, 1)


@pytest.mark.parametrize("term", ["138", "1381234000", "3812340000", "1381234____", "1381234%", f"{PHONE[:-1]}1"])
@pytest.mark.parametrize("view", ["act", "loss", "coupon", "coupon_lease", "sale", "value_lease", "value_account"])
def test_no_part_of_a_masked_code_is_found(visitor: Visitor, chain: HqServer, view: str, term: str) -> None:
    """Else ten questions a digit told the phone (S-26)."""
    visitor.log_in()
    assert rows(visitor, view, q=term) == 0


@pytest.mark.parametrize(("view", "column"), [("act", "subject"), ("loss", "subject"), ("sale", "member")])
def test_nor_by_a_filter_in_the_address(visitor: Visitor, chain: HqServer, view: str, column: str) -> None:
    visitor.log_in()
    assert visitor.get(f"/admin/{view}/list", params={"filter": f"{column}__contains=1381"}).status_code == 400


def test_no_list_looks_for_parts_of_what_it_masks() -> None:
    kinds = list(_kinds(ReadOnly))
    assert len(kinds) > 10
    for kind in kinds:
        names = {getattr(one, "key", one) for one in (*kind.by_part, *(kind.searchable_fields or ()))}
        assert not names & NAMING, kind


def _kinds(of: type[ReadOnly]) -> Iterator[type[ReadOnly]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _kinds(kind)


def test_each_page_says_what_it_finds(visitor: Visitor) -> None:
    visitor.log_in()
    for view in ("quarantine", "incident", "loss", "exception", "act"):
        assert 'placeholder="' in visitor.get(f"/admin/{view}/list").text
        assert "console.find" not in visitor.get(f"/admin/{view}/list").text
