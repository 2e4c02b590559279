import sqlite3
from pathlib import Path

import pytest

from posclient.db import audit, open_cart, sales, staff_records
from posclient.db.connection import transaction
from posclient.domain.people import Staff
from tests.db.shop import NOW, commit, enrolled, sale


def test_a_sale_is_read_back_whole(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    sold = sale()
    commit(con, sold)
    assert sales.by_id(con, "sale-1") == sold
    assert sales.by_receipt(con, sold.receipt) == sold
    assert sales.by_id(con, "nothing") is None


def test_a_basket_is_rung_up_once(tmp_path: Path) -> None:
    """T-10: whoever tries again finds the sale that is there; the database takes no second one."""
    con = enrolled(tmp_path)
    commit(con, sale())
    assert sales.of_basket(con, "basket-sale-1") == "sale-1"
    assert sales.of_basket(con, "other") is None
    with pytest.raises(sqlite3.IntegrityError):
        commit(con, sale("sale-2", 8, basket="basket-sale-1"))
    with pytest.raises(sqlite3.IntegrityError):
        commit(con, sale(basket=None))  # the same id
    assert con.execute("SELECT count(*) FROM fact").fetchone() == (1,)


def test_the_newest_come_first(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    assert sales.last_id(con) is None
    for number in range(4):
        commit(con, sale(f"sale-{number}", number, basket=None))
    assert [one.id for one in sales.recent(con, 3)] == ["sale-3", "sale-2", "sale-1"]
    assert sales.last_id(con) == "sale-3"


def test_coupons_that_were_taken_are_known(tmp_path: Path) -> None:
    """T-41: a coupon taken on this till is never offered again."""
    con = enrolled(tmp_path)
    commit(con, sale())
    assert sales.used_coupons(con, ["K1", "K2", "K3", "'"]) == {"K1", "K2"}


def test_receipts_that_were_not_printed_are_listed(tmp_path: Path) -> None:
    """T-2: after a power cut the till knows which receipt is missing."""
    con = enrolled(tmp_path)
    for number in (1, 2):
        commit(con, sale(f"sale-{number}", number, basket=None))
    commit(con, sale("replayed", 3))
    assert sales.not_printed(con) == ["sale-1", "sale-2"]
    assert sales.not_printed(con, among=1) == ["sale-2"]
    sales.mark_printed(con, "sale-1", NOW)
    sales.mark_printed(con, "sale-1", NOW)
    assert sales.not_printed(con) == ["sale-2"]
    assert con.execute("SELECT copies FROM receipt_print WHERE sale = 'sale-1'").fetchone() == (1,)


def test_a_missing_column_is_a_mistake_of_ours(tmp_path: Path) -> None:
    from posclient.db import rows, till_tables

    con = enrolled(tmp_path)
    with pytest.raises(TypeError, match="amount"):
        rows.add(con, till_tables.OutboxRow, {"number": 1})
    with pytest.raises(TypeError, match="colour"):
        rows.add(con, till_tables.OutboxRow, {"number": 1, "amount": 1, "colour": "red"})


def test_the_open_cart_is_one(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    assert open_cart.load(con) is None
    open_cart.save(con, '{"id": "a"}', NOW)
    open_cart.save(con, '{"id": "b"}', NOW)
    assert open_cart.load(con) == '{"id": "b"}'
    open_cart.clear(con)
    assert open_cart.load(con) is None


def test_the_audit_is_read_newest_first(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    for number in range(3):
        audit.add(con, NOW, "C1", "void", {"number": number, "reason": "试穿"})
    found = audit.recent(con, 2)
    assert [entry.detail["number"] for entry in found] == [2, 1]
    assert (found[0].staff, found[0].action, found[0].at) == ("C1", "void", NOW)


def test_failed_pins_are_kept(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    assert staff_records.lock_of(con, "C1") == staff_records.StaffLock(0, 0)
    staff_records.set_lock(con, "C1", 3, NOW)
    con.close()
    con = enrolled(tmp_path)
    assert staff_records.lock_of(con, "C1") == staff_records.StaffLock(3, int(NOW.timestamp() * 1000))
    staff_records.set_lock(con, "C1", 0, None)
    assert staff_records.lock_of(con, "C1") == staff_records.StaffLock(0, 0)


def test_the_first_administrator(tmp_path: Path) -> None:
    con = enrolled(tmp_path)
    admin = Staff("A1", "王店长", "B1", frozenset({"admin", "manager"}))
    with transaction(con):
        staff_records.add_local(con, admin, "hash-1")
        staff_records.add_local(con, admin, "hash-2")
    assert staff_records.local(con) == [staff_records.StaffRecord(admin, "hash-2")]
