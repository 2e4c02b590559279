"""What a sale does at HQ: stock, points, coupons, tasks, each once."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, select

from posclient.domain import facts
from posclient.domain.private import phone_index
from posclient.domain.tenders import Payment
from sync.hq.chain_tables import CouponRow, MemberRow, StockRow, StoreRow
from sync.hq.fact_tables import PaymentRow, SaleLineRow, ShareRow
from sync.hq.feeds import Change, publish
from sync.hq.identity import own_keys
from sync.hq.placing import coupon_changes, member_changes, new_store, stock_changes, stores
from sync.hq.statistics import count_all
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import STAMP, make_line, make_task, use


def have(server: HqServer, *rows: Any) -> None:
    """Rows of HQ's own tables, published where they belong."""
    with server.database.write(shared=True) as session:
        session.add_all(rows)
        session.flush()
        publish(session, changes_of(session, rows))


def changes_of(session: Session, rows: tuple[Any, ...]) -> list[Change]:
    places = stores(session)
    members = [row for row in rows if isinstance(row, MemberRow)]
    coupons = [row for row in rows if isinstance(row, CouponRow)]
    homes = {member.id: member.home_store for member in session.exec(select(MemberRow))}
    skus = [row.sku for row in rows if isinstance(row, StockRow)]
    return [
        *member_changes(members, places), *coupon_changes(coupons, homes, places),
        *stock_changes(session, skus, places),
    ]  # fmt: skip


def member(key: str = "M1", home: str | None = "S001", points: int = 100, code: str = "C1") -> MemberRow:
    return MemberRow(id=key, code=code, phone_index="x", home_store=home, points=points, data='{"name":"王小明"}')


def coupon(key: str = "K1", single_use: bool = True) -> CouponRow:
    return CouponRow(id=key, member="M1", single_use=single_use, data='{"name":"K","rule":{},"until":null}')


def test_lines_payments_and_shares_are_stored(new_till: NewTill, hq_server: HqServer) -> None:
    """T-3: what the till printed is at HQ, count and sum."""
    till = new_till()
    sale = till.sale(lines=(make_line("1", "A", 2, 600), make_line("2", "B", 1, 400)))
    till.push(sale)
    with hq_server.database.read() as session:
        lines = session.exec(select(SaleLineRow).order_by(SaleLineRow.line)).all()
        assert [(line.sku, line.qty, line.net) for line in lines] == [("A", 2, 600), ("B", 1, 400)]
        assert [(one.tender, one.amount) for one in session.exec(select(PaymentRow))] == [("cash", 1000)]
        assert [(one.guide, one.bp) for one in session.exec(select(ShareRow))] == [("G1", 10_000)]
    figures = count_all(hq_server.database)
    assert (figures["sales"], figures["lines"], figures["total"]) == (1, 2, 1000)


def test_stock_goes_down_where_it_is_tracked(new_till: NewTill, hq_server: HqServer) -> None:
    """T-10: a sale that comes twice takes stock once."""
    till = new_till()
    have(hq_server, StockRow(sku="A", store="S001", qty=5))
    sale = till.sale(lines=(make_line("1", "A", 2, 600), make_line("2", "B", 1, 400)))
    for _ in range(3):
        till.push(sale)
    rows, page = till.pull("zone:z1")
    assert {place: row.d for place, row in rows.items()} == {("stock", "A"): {"sku": "A", "qty": {"S001": 3}}}
    assert page.applied_seq == 1


def test_points_are_credited_once(new_till: NewTill, hq_server: HqServer) -> None:
    """T-16: a retry elsewhere credited the points twice."""
    till = new_till()
    have(hq_server, member())
    sale = till.sale(member="M1", points=10)
    twin = till.sale(member="M1", points=10, id=_sale_id(sale.body))
    for _ in range(2):
        till.push(sale, twin)
    assert till.row("store:S001", "member", "M1")["points"] == 110
    outcome = till.row("terminal:S001-1", "fact_outcome", twin.id)
    assert (outcome["code"], count_all(hq_server.database)["duplicates"]) == ("sale_twice", 1)


def test_a_claimed_code_earns_its_points_at_hq(new_till: NewTill, hq_server: HqServer) -> None:
    """protocol.md, members: a code unknown offline is kept on the sale, HQ credits afterwards."""
    till = new_till()
    have(hq_server, member(home="S009"), member("M2", "S001", 7, "C2"), StoreRow(id="S009", name="S009", zone="z1"))
    hq_server.publish(Change("global", "setting", "points_per_yuan", {"name": "points_per_yuan", "value": 2}))
    till.push(till.sale(claimed_code="C1"), till.sale(claimed_code="C2", points_base=250), till.sale(claimed_code="C7"))
    assert till.row("store:S001", "member", "M2")["points"] == 12
    with hq_server.database.read() as session:
        assert session.get_one(MemberRow, "M1").points == 120


def test_a_store_setting_wins(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    have(hq_server, member())
    for feed, key, value in (("global", "points_per_yuan", 2), ("store:S001", "S001/points_per_yuan", 5)):
        hq_server.publish(Change(feed, "setting", key, {"name": "points_per_yuan", "value": value}))
    till.push(till.sale(claimed_code="C1"))
    assert till.row("store:S001", "member", "M1")["points"] == 150


def test_a_coupon_is_used_once_and_the_second_sale_stands(new_till: NewTill, hq_server: HqServer) -> None:
    """protocol.md, coupons: the loser's sale stands, and both sides see it."""
    till, other = new_till(), new_till()
    have(hq_server, member(), coupon())
    first, second = till.sale(coupons=(use("K1"),)), other.sale(coupons=(use("K1", 250),))
    assert till.codes(first) == [("applied", None)]
    assert other.codes(second) == [("applied_with_exception", "coupon_used_twice")]
    assert till.row("store:S001", "coupon", "K1")["state"] == "used"
    outcome = other.row("terminal:S001-2", "fact_outcome", second.id)
    assert (outcome["code"], outcome["detail"]["coupon"], outcome["detail"]["amount"]) == (
        "coupon_used_twice",
        "K1",
        250,
    )
    figures = count_all(hq_server.database)
    assert (figures["sales"], figures["coupons_used"], figures["coupons_used_twice"]) == (2, 2, 1)
    assert till.codes(first) == [("duplicate", None)]


def test_a_coupon_twice_in_one_batch(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    have(hq_server, member(), coupon())
    codes = till.codes(*(till.sale(coupons=(use("K1"),)) for _ in range(3)))
    assert [code for _, code in codes] == [None, "coupon_used_twice", "coupon_used_twice"]
    assert count_all(hq_server.database)["coupons_used_twice"] == 1


def test_a_coupon_for_many_uses_may_be_used_again(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    have(hq_server, member(), coupon(single_use=False))
    assert till.codes(*(till.sale(coupons=(use("K1"),)) for _ in range(2))) == [("applied", None)] * 2
    assert till.row("store:S001", "coupon", "K1")["state"] == "active"
    assert count_all(hq_server.database)["coupons_used_twice"] == 0


def test_a_coupon_that_hq_does_not_know_counts_once(new_till: NewTill, hq_server: HqServer) -> None:
    till = new_till()
    assert till.codes(till.sale(coupons=(use("K9"),))) == [("applied", None)]
    assert till.codes(till.sale(coupons=(use("K9"),))) == [("applied_with_exception", "coupon_used_twice")]


def test_tasks_come_back_under_their_own_id(new_till: NewTill) -> None:
    """Issue: HQ's row of the same id replaces the till's; done, snoozed and cancelled are facts."""
    till = new_till()
    tasks = (make_task("s1", "M1"), make_task("s1", "M1"))
    till.push(till.sale(tasks=tasks))
    row = till.row("store:S001", "care_task", tasks[0].id)
    assert (row["state"], row["owner"], row["due"]) == ("open", "G1", tasks[0].due.isoformat())
    done: dict[str, Any] = {
        "task": tasks[0].id,
        "change": "done",
        "note": "谢谢",
        "until": None,
        "by": "G1",
        "clock": {},
    }
    later = {**done, "task": tasks[1].id, "change": "snoozed", "until": "2026-12-01T10:00:00+08:00"}
    nobody = {**done, "task": "nope"}
    changed = [till.fact("CareTaskChanged", content) for content in (done, later, nobody)]
    assert [code for _, code in till.codes(*changed)] == [None, None, "unknown_task"]
    assert till.row("store:S001", "care_task", tasks[0].id)["state"] == "done"
    row = till.row("store:S001", "care_task", tasks[1].id)
    assert (row["state"], row["due"]) == ("snoozed", "2026-12-01T10:00:00+08:00")


def test_a_task_done_in_the_batch_of_its_sale(new_till: NewTill) -> None:
    till = new_till()
    task = make_task("s1", "M1")
    done: dict[str, Any] = {"task": task.id, "change": "done", "note": "", "until": None, "by": "G1", "clock": {}}
    assert till.codes(till.sale(tasks=(task,)), till.fact("CareTaskChanged", done)) == [("applied", None)] * 2
    assert till.row("store:S001", "care_task", task.id)["state"] == "done"


def test_lines_that_do_not_add_up_are_told(new_till: NewTill, hq_server: HqServer) -> None:
    """T-19: a sale whose lines lost something on the way is stored, and shouts."""
    till = new_till()
    assert till.codes(till.sale(total=999)) == [("applied_with_exception", "totals_differ")]
    assert count_all(hq_server.database)["total"] == 1000


def test_payments_that_do_not_add_up_are_told(new_till: NewTill) -> None:
    """T-58, T-59: what was paid and what was rounded off is what was due, or HQ says so."""
    till = new_till()
    paid = (Payment("p1", "cash", 995, 1000),)
    assert till.codes(till.sale(payments=paid, rounding=5)) == [("applied", None)]
    assert till.codes(till.sale(payments=paid)) == [("applied_with_exception", "payments_differ")]
    assert till.codes(till.sale(payments=paid, rounding=6)) == [("applied_with_exception", "payments_differ")]


def test_a_homeless_member_is_everywhere_and_one_with_a_home_only_there(new_till: NewTill, hq_server: HqServer) -> None:
    """docs/architecture.md, feeds: also in a store that opens later."""
    till, other = new_till("S001"), new_till("S002")
    have(hq_server, member("M1", None), member("M2", "S002", code="C2"), coupon())
    third = new_till("S003")
    till.push(till.sale(member="M1", points=5, coupons=(use("K1"),)))
    for one in (till, other, third):
        rows, _ = one.pull(f"store:{one.me.store}")
        assert ("member", "M2") in rows if one is other else ("member", "M2") not in rows
        assert rows["member", "M1"].d is not None
        assert (rows["member", "M1"].d or {})["points"] == 105
        assert (rows["coupon", "K1"].d or {})["state"] == "used"


def test_a_new_zone_has_the_chains_prices(hq_server: HqServer, new_till: NewTill) -> None:
    hq_server.publish(Change("zone:z1", "price", "A", {"id": "A", "price": 100}))
    with hq_server.database.write() as session:
        own_keys(session, hq_server.hq.clock)
        publish(session, new_store(session, StoreRow(id="N1", name="North", zone="north")))
    assert new_till("N1").row("zone:north", "price", "A") == {"id": "A", "price": 100}


def test_the_phone_index_is_keyed() -> None:
    assert phone_index(b"a" * 32, "13900110866") != phone_index(b"b" * 32, "13900110866")


def _sale_id(body: str) -> str:
    import json

    return str(json.loads(body)["id"])


def test_no_till_speaks_for_another_store(new_till: NewTill, hq_server: HqServer) -> None:
    """S-14: a sale that names another store moves nothing there and puts nothing before its guides."""
    mine, theirs = new_till("S001"), new_till("S002")
    have(hq_server, StockRow(sku="A", store="S001", qty=5))
    task = make_task("S1", "M1")
    assert mine.codes(mine.sale(tasks=(task,))) == [("applied", None)]
    false = theirs.sale(store="S001", tasks=(make_task("S2", "M1"),))
    done = theirs.fact(facts.CARE_TASK_CHANGED, facts.care_task_changed(task.id, "done", "", None, "G9", STAMP))
    assert theirs.codes(false, done) == [("quarantined", "unreadable"), ("applied_with_exception", "unknown_task")]
    rows = mine.pull("store:S001")[0]
    assert [(row.k, (row.d or {})["state"]) for row in rows.values() if row.t == "care_task"] == [(task.id, "open")]
    assert mine.row("zone:z1", "stock", "A")["qty"] == {"S001": 4}
