"""What went wrong is dealt with by a person: tried again, or settled with a note; nothing is deleted (T-14)."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from sqlmodel import select

from posclient.domain.leases import POINTS
from posclient.errors import InputError
from sync.hq.console_tables import ConsoleAct, Handled
from sync.hq.escrow import Books
from sync.hq.fact_tables import FactRow, Incident, Quarantine, SaleRow, SideRow
from sync.hq.handling import COMMAND_LINE
from sync.hq.lease_tables import CouponLeaseRow, LossRow, ValueLeaseRow
from sync.hq.tables import Terminal
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import NAME, PHONE, Visitor
from tests.sync.hq.test_member_effect import registration
from tests.sync.hq.till_at_hq import TillAtHq


def stored(server: HqServer, table: type[Any]) -> list[Any]:
    with server.database.read() as session:
        return list(session.exec(select(table)))


def acts(server: HqServer) -> list[tuple[str, str, str]]:
    """What was done at the console."""
    done = [one for one in stored(server, ConsoleAct) if one.administrator != COMMAND_LINE]
    return [(one.administrator, one.act, one.note) for one in done]


def test_a_fact_is_settled_with_a_note_and_stays(visitor: Visitor, hq_server: HqServer) -> None:
    visitor.log_in()
    assert "写明处理结果" in visitor.act("quarantine", "settle", "1", note=" ").json()["msg"]
    assert visitor.act("quarantine", "settle", "1", note="x" * 501).status_code == 400
    assert visitor.act("quarantine", "settle", "99", note="none there").status_code == 400
    assert visitor.act("quarantine", "settle", "1", note=f"asked {PHONE}").status_code == 200
    page = visitor.get("/admin/quarantine/list").text
    assert f"已处理: {NAME}, " in page
    assert "asked 139****5678" in page
    assert len(stored(hq_server, Quarantine)) == 1
    assert acts(hq_server) == [(NAME, "settle_quarantine", f"asked {PHONE}")]


def test_sales_of_a_revoked_till_count_once_somebody_says_so(visitor: Visitor, hq_server: HqServer) -> None:
    """T-14, S-21: stolen on Tuesday, and what it sold on Monday is real."""
    till = TillAtHq(hq_server.url, hq_server.code("S009"))
    sale = till.sale(member="M1", points=10)
    hq_server.hq.revoke(till.me.terminal)
    assert till.codes(sale) == [("quarantined", "revoked")]
    assert [(one.code, one.seq, one.until_seq) for one in stored(hq_server, Incident)] == [("revoked", 1, 1)]
    (row,) = [one for one in stored(hq_server, Quarantine) if one.code == "revoked"]
    before = len(stored(hq_server, SaleRow))
    visitor.log_in()
    assert visitor.act("quarantine", "retry", str(row.number)).status_code == 200
    assert len(stored(hq_server, SaleRow)) == before + 1
    with hq_server.database.read() as session:
        fact = session.get_one(FactRow, sale.id)
        assert (fact.outcome, fact.code, fact.body.decode()) == ("applied", None, sale.body)
    assert visitor.act("quarantine", "retry", str(row.number)).status_code == 400
    with pytest.raises(InputError, match="applied_already"):  # another administrator, at the same moment
        hq_server.hq.try_again(NAME, row.number)
    assert len(stored(hq_server, SaleRow)) == before + 1
    assert len([one for one in stored(hq_server, Quarantine) if one.code == "revoked"]) == 1
    assert acts(hq_server) == [(NAME, "retry", "applied")]
    visitor.act("quarantine", "settle", str(row.number), note="the thief was caught")
    (dealt,) = stored(hq_server, Handled)
    assert (dealt.how, dealt.note) == ("applied", "the thief was caught")
    till.close()


def test_the_till_is_told_that_its_fact_counts_now(visitor: Visitor, hq_server: HqServer) -> None:
    """A sealed record that was missing is here: the member joins, and the till's notice is another."""
    till = TillAtHq(hq_server.url, hq_server.code("S009"))
    registered, side = registration(till, "M9", phone="13800001111")
    fact_id = registered.id
    assert till.codes(registered) == [("quarantined", "side_missing")]
    outcome = (till.me.feeds[-1], "fact_outcome", fact_id)
    assert till.row(*outcome)["code"]
    number = str(next(one.number for one in stored(hq_server, Quarantine) if one.fact == fact_id))
    visitor.log_in()
    refused = visitor.act("quarantine", "retry", number)
    assert (refused.status_code, "仍然不能入账" in refused.json()["msg"]) == (400, True)
    with hq_server.database.write() as session:
        session.add(SideRow(id=side.id, fact=fact_id, salt=side.salt, sealed=side.sealed))
    assert visitor.act("quarantine", "retry", number).status_code == 200
    assert till.row("store:S009", "member", "M9")["name"] == "王小明"
    assert till.row(*outcome) == {"fact": fact_id, "code": "applied_later", "detail": {"was": "side_missing"}}
    assert [act for _, act, _ in acts(hq_server)] == ["retry", "retry"]
    till.close()


def test_the_till_is_told_what_somebody_has_dealt_with(visitor: Visitor, hq_server: HqServer) -> None:
    """A fact that lies aside, and one that was altered; but a fork has the id of a fact that counts."""
    till = TillAtHq(hq_server.url, hq_server.code("S009"))
    odd, good = till.fact("RuleSkipped", {}), till.sale()
    altered = till.sale().model_copy(update={"hash": "0" * 64})
    twin = good.model_copy(update={"hash": "1" * 64})
    codes = [till.codes(one)[0][1] for one in (odd, good, altered, twin)]
    assert codes == ["unreadable", None, "bad_hash", "fork"]
    visitor.log_in()
    for row in stored(hq_server, Quarantine):
        if row.terminal == "S009-1":
            assert visitor.act("quarantine", "settle", str(row.number), note="looked at").status_code == 200
    rows = {key: row.d for (table, key), row in till.pull(till.me.feeds[-1])[0].items() if table == "fact_outcome"}
    assert rows == {
        odd.id: {"fact": odd.id, "code": "dismissed", "detail": {"was": "unreadable", "aside": True}},
        altered.id: {"fact": altered.id, "code": "dismissed", "detail": {"was": "bad_hash"}},
    }
    till.close()


def test_what_can_never_count_is_not_offered(visitor: Visitor, hq_server: HqServer) -> None:
    """S-19: a forked or altered fact is settled by a person's word alone."""
    till = TillAtHq(hq_server.url, hq_server.code("S009"))
    till.push(till.sale())
    assert till.codes(till.reforged(till.fact("RuleSkipped", {}), seq=1)) == [("quarantined", "fork")]
    number = str(next(one.number for one in stored(hq_server, Quarantine) if one.code == "fork"))
    visitor.log_in()
    assert visitor.act("quarantine", "retry", number).status_code == 400
    assert visitor.act("quarantine", "retry", "999").status_code == 400
    with pytest.raises(InputError, match="not_to_be_tried"):
        hq_server.hq.try_again(NAME, int(number))
    page = visitor.get("/admin/incident/list").text
    assert "流水分叉" in page
    incident = str(stored(hq_server, Incident)[0].number)
    assert "流水分叉" in visitor.get("/admin/tills?state=trouble").text
    assert visitor.act("incident", "settle", incident, note="second machine taken away").status_code == 200
    assert "S009-1" not in visitor.get("/admin/tills?state=trouble").text
    assert "second machine taken away" in visitor.get("/admin/tills/S009-1").text
    till.close()


def test_losses_are_summed_and_settled(visitor: Visitor, hq_server: HqServer) -> None:
    """T-44: what a lost coupon cost, by store and month, and who looked into it."""
    visitor.log_in()
    page = visitor.get("/admin/loss/list").text
    assert "对方先到" in page
    assert "按月和门店合计" in page
    (loss,) = stored(hq_server, LossRow)
    assert visitor.act("loss", "settle", str(loss.number), note="=1+1").status_code == 200
    exception = next(one for one in stored(hq_server, FactRow) if one.outcome == "applied_with_exception")
    assert visitor.act("exception", "settle", exception.id, note="talked to the cashier").status_code == 200
    assert "talked to the cashier" in visitor.get("/admin/exception/list").text


def test_lists_are_files_that_a_spreadsheet_takes_for_text(visitor: Visitor, hq_server: HqServer) -> None:
    """S-8: a note that looks like a formula is none; no body and no phone leaves HQ this way (S-26)."""
    visitor.log_in()
    (loss,) = stored(hq_server, LossRow)
    visitor.act("loss", "settle", str(loss.number), note=f"=HYPERLINK({PHONE})")
    reply = visitor.get("/admin/csv/loss")
    assert reply.headers["content-disposition"] == 'attachment; filename="loss.csv"'
    (row,) = csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff")))
    assert (row["store"], row["amount"], row["handled_by"]) == (loss.store, str(loss.amount), NAME)
    assert row["note"] == "'=HYPERLINK(139****5678)"
    sums = list(csv.reader(io.StringIO(visitor.get("/admin/csv/loss-sums").text.removeprefix("\ufeff"))))
    assert [one[1:] for one in sums[1:]] == [[loss.store, "1", str(loss.amount)]]
    for kind, count in (("quarantine", 1), ("incident", 0), ("exception", 1)):
        text = visitor.get(f"/admin/csv/{kind}").text
        assert len(text.splitlines()) == count + 1
        assert PHONE not in text
    assert visitor.get("/admin/csv/member").status_code == 404


def test_who_has_which_right_is_shown(visitor: Visitor, hq_server: HqServer) -> None:
    """T-41: asked at the counter why a coupon is refused, HQ can say who has it, and until when."""
    with hq_server.database.write() as session:
        session.add(CouponLeaseRow(coupon="K9", store="S005", kind="lease", from_ms=10**12, not_after_ms=2 * 10**12))
        account = Books(session, 10**12).open_account("M7", 12_345)
        Books(session, 10**12).open_account("M7", 88, POINTS)
        session.flush()
        lease = ValueLeaseRow(id="S005-1/M7", member="M7", terminal="S005-1", kind="lease", amount=0, not_after_ms=1)
        Books(session, 10**12).lease(account, lease, 2_345)
    visitor.log_in()
    page = visitor.get("/admin/coupon_lease/list").text
    for wanted in ("K9", "S005", "租约", "有效", "2033"):
        assert wanted in page
    assert "召回时间" in visitor.get("/admin/coupon_lease/detail?pk=1").text
    detail = visitor.get("/admin/value_account/detail?pk=M7,value").text
    assert re.search(r"23\.45 +可用 → 租约 S005-1/M7 +租给收银台", detail.replace("&gt;", ">"))
    assert "123.45" in detail
    assert "100.00" in detail
    assert "23.45" in visitor.get("/admin/value_lease/list?q=M7").text
    points = visitor.get("/admin/value_account/detail?pk=M7,points").text
    assert re.search(r" 88 +期初 → 可用 +开户", points)
    assert "0.88" not in points


def test_what_is_kept_for_a_replaced_machine_is_shown(visitor: Visitor, hq_server: HqServer) -> None:
    """S-18: why a member's money is not free, and not this till's either."""
    with hq_server.database.write() as session:
        account = Books(session, 10**12).open_account("M7", 300)
        session.flush()
        for incarnation in ("before", session.get_one(Terminal, "S001-1").incarnation or ""):
            part = ValueLeaseRow(
                id=f"S001-1/M7/{incarnation}", member="M7", terminal="S001-1", incarnation=incarnation, kind="lease",
                amount=0, not_after_ms=1,
            )  # fmt: skip
            Books(session, 10**12).lease(account, part, 100)
    visitor.log_in()
    page = visitor.get("/admin/value_lease/list?q=M7").text
    assert len(re.findall(r">\s*为旧机保留\s*<", page)) == len(re.findall(r">\s*有效\s*<", page)) == 1
