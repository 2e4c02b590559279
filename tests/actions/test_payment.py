"""Payment: frozen quote, tenders, change, rounding, and what cannot be done while it is open."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable

import pytest

from posclient.actions import checkout, payment, status
from posclient.db import sales
from posclient.domain.pricing import price, quote_json, read_basket
from posclient.errors import DataError, InputError, NotFound, Refused
from tests.actions.kidswear import Shop, sku

COAT, SHIRT, LEGGINGS = sku("A001"), sku("T001"), sku("R001")


def test_the_frozen_quote_is_what_is_committed(shop: Shop) -> None:
    """A price from HQ during payment changes nothing; after going back it does (architecture.md, time in a cart)."""
    checkout.add(shop.till, COAT)
    payment.open(shop.till)
    shop.hq.price(COAT, 100, "q-cheap")
    assert payment.pay(shop.till, "cash", 20000).due == 5900
    assert payment.cancel(shop.till, handed_back=True).total == 100
    shop.hq.price(COAT, 25900, "r-back")
    view = payment.open(shop.till)
    shop.hq.price(COAT, 200, "s-cheap")
    payment.pay(shop.till, "cash")
    assert payment.complete(shop.till, view.cart_id).total == 25900


def test_nothing_changes_while_payment_is_open(shop: Shop) -> None:
    """T-13: keys and scans that come late do not touch what is being paid."""
    view = checkout.add(shop.till, COAT)
    payment.open(shop.till)
    acts: list[Callable[[], object]] = [
        lambda: checkout.add(shop.till, SHIRT),
        lambda: checkout.remove(shop.till, "1"),
        lambda: checkout.set_member(shop.till, "M1"),
        lambda: checkout.void(shop.till, "x"),
    ]
    for act in acts:
        with pytest.raises(Refused, match="paying"):
            act()
    assert checkout.scan(shop.till, COAT).code == "paying"
    assert payment.open(shop.till).total == view.total
    assert checkout.view(shop.till).pieces == 1


def test_several_tenders_make_one_sale(shop: Shop) -> None:
    view = checkout.add(shop.till, COAT)
    payment.open(shop.till)
    payment.pay(shop.till, "cash", 10000)
    assert payment.begin_card(shop.till).card_pending == 15900
    with pytest.raises(Refused, match="card_pending"):
        payment.pay(shop.till, "cash")
    with pytest.raises(Refused, match="card_pending"):
        payment.cancel(shop.till)
    assert payment.end_card(shop.till, approved=False).due == 15900
    payment.begin_card(shop.till, 5900)
    assert payment.end_card(shop.till, approved=True, reference=" A7 ").due == 10000
    payment.pay(shop.till, "cash", 10000)
    done = payment.complete(shop.till, view.cart_id)
    sale = sales.by_id(shop.till.db, done.sale_id)
    assert sale is not None
    assert [(one.tender, one.amount) for one in sale.payments] == [("cash", 10000), ("card", 5900), ("cash", 10000)]
    assert sum(one.amount for one in sale.payments) + sale.rounding == sale.total


def test_a_charged_card_keeps_payment_open_until_it_is_reversed(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    payment.open(shop.till)
    payment.begin_card(shop.till, 5000)
    paid = payment.end_card(shop.till, approved=True)
    with pytest.raises(Refused, match="card_paid"):
        payment.cancel(shop.till)
    assert payment.remove(shop.till, paid.payments[0].id).due == 25900
    assert payment.cancel(shop.till).paying is False
    ((staff, detail),) = shop.rows("SELECT staff, detail FROM audit WHERE action = 'remove_payment'")
    assert (staff, json.loads(detail)["amount"]) == ("G1", 5000)


def test_money_that_was_taken_is_handed_back_and_noted(shop: Shop) -> None:
    """S-23: cash does not leave an open payment unseen: a person says that it went back, the audit says how much."""
    checkout.add(shop.till, COAT)
    payment.open(shop.till)
    payment.pay(shop.till, "cash", 10000)
    payment.pay(shop.till, "cash", 5000)
    with pytest.raises(Refused, match="money_taken") as refused:
        payment.cancel(shop.till)
    assert refused.value.params == {"amount": 15000}
    assert checkout.view(shop.till).due == 10900, "nothing has changed"
    assert payment.cancel(shop.till, handed_back=True).payments == ()
    ((staff, detail),) = shop.rows("SELECT staff, detail FROM audit WHERE action = 'cancel_payment'")
    noted = json.loads(detail)
    assert (staff, noted["handed_back"]) == ("G1", 15000)
    assert [one["amount"] for one in noted["payments"]] == [10000, 5000]
    payment.open(shop.till)
    assert payment.cancel(shop.till).paying is False, "nothing was taken: nothing to ask"
    assert len(shop.rows("SELECT 1 FROM audit WHERE action = 'cancel_payment'")) == 1


@pytest.mark.parametrize(("unit", "taken"), [(1, 0), (10, 7), (100, 67)])
def test_rounding_is_on_screen_slip_and_ledger_alike(shop: Shop, unit: int, taken: int) -> None:
    """T-59: 抹零 only for what is left in cash, as a row of its own, in no line and not in the total."""
    shop.hq.setting("cash_rounding", unit)
    checkout.add(shop.till, LEGGINGS, 3)
    checkout.discount(shop.till, "amount_off", 3, "抹零")
    view = payment.open(shop.till)
    assert payment.rounding(shop.till) == taken
    paid = payment.pay(shop.till, "cash")
    assert (paid.rounding, paid.due, paid.total) == (taken, 0, 14967)
    assert payment.rounding(shop.till) == taken
    done = payment.complete(shop.till, view.cart_id)
    assert (done.rounding, done.total, done.tendered) == (taken, 14967, 14967 - taken)
    body = json.loads(shop.rows("SELECT body FROM fact")[0][0])
    assert (body["rounding"], body["total"], sum(line["net"] for line in body["lines"])) == (taken, 14967, 14967)


def test_a_new_rounding_rule_does_not_reach_into_an_open_payment(shop: Shop) -> None:
    shop.hq.setting("cash_rounding", 100)
    checkout.add(shop.till, LEGGINGS)
    view = payment.open(shop.till)
    assert payment.pay(shop.till, "cash").rounding == 90
    shop.hq.setting("cash_rounding", 1)
    assert status.status(shop.till).unsent == 0, "which takes note of what HQ sent"
    assert checkout.view(shop.till).rounding == 90
    assert payment.complete(shop.till, view.cart_id).rounding == 90


def test_a_sale_that_costs_nothing_is_completed_without_a_payment(shop: Shop) -> None:
    """T-58: 100 % off leaves 0.00 and not 0.01, and it can be completed."""
    checkout.add(shop.till, COAT, 3)
    view = checkout.discount(shop.till, "percent_off", 10_000, "赠品")
    assert view.total == 0
    assert payment.open(shop.till).due == 0
    with pytest.raises(Refused, match="nothing_due"):
        payment.pay(shop.till, "cash")
    done = payment.complete(shop.till, view.cart_id)
    assert (done.total, done.kick_drawer) == (0, False)


def test_what_cannot_be_paid(shop: Shop) -> None:
    with pytest.raises(Refused, match="empty_cart"):
        payment.open(shop.till)
    checkout.add(shop.till, COAT)
    with pytest.raises(Refused, match="not_paying"):
        payment.pay(shop.till, "cash")
    with pytest.raises(Refused, match="not_paying"):
        payment.rounding(shop.till)
    with pytest.raises(Refused, match="no_card_pending"):
        payment.end_card(shop.till, approved=True)
    assert payment.cancel(shop.till).pieces == 1
    payment.open(shop.till)
    with pytest.raises(InputError, match="external_tender"):
        payment.pay(shop.till, "card")
    with pytest.raises(InputError, match="unknown_tender"):
        payment.pay(shop.till, "shells")
    with pytest.raises(NotFound, match="unknown_payment"):
        payment.remove(shop.till, "x")
    payment.begin_card(shop.till)
    with pytest.raises(Refused, match="card_pending"):
        payment.complete(shop.till, checkout.view(shop.till).cart_id)


def test_a_shop_may_ask_for_a_guide(shop: Shop) -> None:
    shop.hq.setting("guide_required", value=True)
    checkout.add(shop.till, COAT)
    checkout.set_guide(shop.till, None)
    with pytest.raises(Refused, match="guide_required"):
        payment.open(shop.till)
    checkout.set_guide(shop.till, "G2", line="1")
    assert payment.open(shop.till).paying


def test_a_full_disk_is_told_before_any_money_is_taken(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-5: refused before payment, with what to do, and the cart stays."""
    checkout.add(shop.till, COAT)
    full = type(shutil.disk_usage(shop.folder))(10**9, 10**9 - 4096, 4096)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(DataError, match="disk_full"):
        payment.open(shop.till)
    monkeypatch.undo()
    assert payment.open(shop.till).total == 25900


def test_a_database_that_fills_up_in_the_commit_leaves_no_half_sale(shop: Shop) -> None:
    """T-5, T-6: the cause is named, nothing is written, and once there is room the very same payment is completed."""
    for number in range(40):
        checkout.add(shop.till, sku("A001", "BLUE", "120"), number + 1)
        checkout.set_price(shop.till, str(number + 1), 100, f"瑕疵 {number}")
    view = payment.open(shop.till)
    payment.pay(shop.till, "cash")
    (pages,) = shop.till.db.execute("PRAGMA page_count").fetchone()
    shop.till.db.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    rows = ((str(number), "x" * 400) for number in range(10_000))
    with contextlib.suppress(DataError):
        shop.till.db.executemany("INSERT INTO audit (at, action, detail) VALUES (?, 'fill', ?)", rows)
    with pytest.raises(DataError, match="disk_full"):
        payment.complete(shop.till, view.cart_id)
    for table in ("sale", "sale_line", "payment", "fact", "outbox", "stock_move", "share"):
        assert shop.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    shop.till.db.execute("PRAGMA max_page_count = 1073741823").fetchall()
    assert payment.complete(shop.till, view.cart_id).receipt.endswith("-000001")


def test_the_stored_basket_gives_the_stored_quote(shop: Shop) -> None:
    """T-42: what the till charged offline is what anybody gets from the stored basket by ``posclient price``."""
    shop.hq.setting("max_coupons", 2)
    shop.hq.promotion({"id": "P1", "kind": "nth_unit", "n": 2, "bp": 5000, "include": ["category:top"]})
    shop.hq.promotion({"id": "P2", "kind": "percent_off", "bp": 500, "until": "2020-01-01T00:00:00+08:00"})
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 3000, "min_spend": 20000})
    shop.hq.coupon("K2", "M1", {"kind": "percent_off", "bp": 1000, "cap": 900})
    checkout.set_member(shop.till, "M1")
    checkout.add(shop.till, SHIRT, 3)
    checkout.add(shop.till, COAT)
    checkout.discount(shop.till, "percent_off", 300, "污渍", lines=("1",))
    view = payment.open(shop.till)
    payment.pay(shop.till, "cash")
    sale = sales.by_id(shop.till.db, payment.complete(shop.till, view.cart_id).sale_id)
    assert sale is not None
    stored = json.loads(json.dumps(sale.priced))
    assert quote_json(price(read_basket(stored["basket"]))) == stored["quote"]
    assert stored["quote"]["total"] == sale.total == sum(line.net for line in sale.lines)
    assert [group["source"] for group in stored["groups"]] == ["promotion:P1"]
    assert {use.coupon for use in sale.coupons} == {"K1", "K2"}
