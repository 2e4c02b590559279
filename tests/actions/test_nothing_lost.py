"""Whatever people do, nothing that happened is taken back; and what must survive a power cut waits for the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from posclient.actions import care, checkout, login, members, payment, receipts, replay, status, valet
from posclient.actions.till import Till
from posclient.errors import Refused
from tests.actions.kidswear import Shop, open_logged_out, sku

COAT = sku("A001")
PRECIOUS = {
    "fact",
    "outbox",
    "side_record",
    "sale",
    "sale_line",
    "payment",
    "coupon_use",
    "stock_move",
    "share",
    "audit",
}


@contextmanager
def no_deletion(till: Till) -> Iterator[list[str]]:
    """The names of precious tables that a DELETE, or an UPDATE of what happened, was tried on."""
    tried: list[str] = []

    def watch(action: int, table: str | None, column: str | None, _db: str | None, _trigger: str | None) -> int:
        if table in PRECIOUS and action == sqlite3.SQLITE_DELETE:
            tried.append(f"delete {table}")
        if table in PRECIOUS - {"outbox"} and action == sqlite3.SQLITE_UPDATE:
            tried.append(f"update {table}.{column}")
        return sqlite3.SQLITE_OK

    for con in (till.db, till.quick):
        con.set_authorizer(watch)
    yield tried
    for con in (till.db, till.quick):
        con.set_authorizer(None)


def test_no_action_takes_back_what_happened(shop: Shop) -> None:
    """T-4, T-8: no user action deletes or alters a fact, a finished sale or the audit, sent or not."""
    till = shop.till
    with no_deletion(till) as tried:
        members.register(till, "13900005678", "张三")
        view = checkout.add(till, COAT)
        payment.open(till)
        payment.begin_card(till, 5000)
        paid = payment.end_card(till, approved=True)
        payment.remove(till, paid.payments[0].id)
        payment.cancel(till)
        payment.open(till)
        payment.pay(till, "cash")
        done = payment.complete(till, view.cart_id)
        receipts.printed(till, done.sale_id)
        task = care.due(till, "G1", shop.clock.now().replace(year=2030))[0].id
        care.change(till, task, "cancelled", "")
        valet.acknowledge(till, valet.place(till, ((COAT, 1),), None, None, 0, "G1").id)
        checkout.add(till, COAT)
        checkout.void(till, "x")
        with pytest.raises(Refused):
            login.log_in(till, "0000", "G2")
        login.log_out(till)
        replay.replay(till, replay.read_rows(["basket,at,member,gtin,qty", f"b,2017-01-01T00:00:00+00:00,,{COAT},1"]))
    assert tried == []
    assert shop.rows("SELECT count(*) FROM sale") == [(2,)]
    assert shop.rows("SELECT count(*) FROM fact") == [(6,)]


@pytest.mark.parametrize("damage", ["gone", "no database", "a page"])
def test_a_broken_cache_costs_no_fact(shop: Shop, damage: str) -> None:
    """architecture.md, folders: the cache is a copy; the till opens and keeps what is unsent."""
    view = checkout.add(shop.till, COAT)
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, view.cart_id)
    shop.till.close()
    (cache,) = shop.folder.glob("cache-*.db")
    if damage == "gone":
        (shop.folder / "cache.current").unlink()
    elif damage == "no database":
        cache.write_bytes(b"x" * 10_000)
    else:
        cache.write_bytes(cache.read_bytes()[:8192] + b"\xff" * (cache.stat().st_size - 8192))
    shop.till = open_logged_out(shop.folder, shop.clock)
    assert status.status(shop.till).unsent == 1
    assert checkout.scan(shop.till, COAT).code == "no_goods"
    assert checkout.view(shop.till).lines == ()


def test_what_a_power_cut_must_not_undo_is_written_by_the_connection_that_waits(shop: Shop) -> None:
    """T-1, architecture.md: the card's amount, its approval and the sale; a scan does not wait."""
    levels = [con.execute("PRAGMA synchronous").fetchone()[0] for con in (shop.till.db, shop.till.quick)]
    assert levels == [2, 1], "FULL and NORMAL"
    view = checkout.add(shop.till, COAT)
    payment.open(shop.till)
    with commits(shop.till) as made:
        checkout.view(shop.till)
        assert made == []
        payment.begin_card(shop.till, 5000)
        payment.end_card(shop.till, approved=True)
        payment.begin_card(shop.till)
        payment.end_card(shop.till, approved=True)
        assert made == ["durable"] * 4
        payment.complete(shop.till, view.cart_id)
        assert made == ["durable"] * 5
        checkout.add(shop.till, COAT)
        assert "durable" not in made[5:]


@contextmanager
def commits(till: Till) -> Iterator[list[str]]:
    """Which connection committed a write, in order."""
    made: list[str] = []
    till.db.set_trace_callback(lambda sql: made.append("durable") if sql == "COMMIT" else None)
    till.quick.set_trace_callback(lambda sql: made.append("quick") if "open_cart" in sql else None)
    yield made
    for con in (till.db, till.quick):
        con.set_trace_callback(None)


def test_the_log_is_moved_into_the_file_between_two_acts(shop: Shop) -> None:
    """T-1: a commit never waits for it, and till.db's log does not grow for ever where nobody syncs."""
    log = shop.folder / "till.db-wal"
    sizes = []
    for _ in range(150):
        view = checkout.add(shop.till, COAT)
        payment.open(shop.till)
        payment.pay(shop.till, "cash")
        payment.complete(shop.till, view.cart_id)
        shop.till.tidy()
        sizes.append(log.stat().st_size)
    assert sizes[-1] < 1.2 * sizes[75]  # it is used again from its start
    assert shop.rows("SELECT count(*) FROM sale") == [(150,)]
