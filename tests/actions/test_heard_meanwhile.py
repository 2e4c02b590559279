"""What the sync hears of the clock, and how long HQ is silent, counts for the cart that is open (S-16)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from posclient.actions import checkout, holding, payment, status
from posclient.actions.holding import Answer
from posclient.db import contact, floors, terminal
from posclient.db.connection import TILL_FILE, Connection, connect
from posclient.db.instants import to_ms
from posclient.errors import Refused
from tests.actions.kidswear import STORE, TERMINAL, Shop, kept, member_row, sku

COAT, SHIRT = sku("A001"), sku("T001")


def sync_con(shop: Shop) -> Connection:
    return connect(shop.folder / TILL_FILE)


@pytest.fixture
def leasing(shop: Shop) -> Shop:
    shop.hq.setting("coupon_leases", True)
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    return shop


def lease(shop: Shop, **span: float) -> None:
    row = {"coupon": "K1", "store": "S001", "not_after": (shop.clock.at + timedelta(**span)).isoformat()}
    shop.hq.send(STORE, ("coupon_lease", "K1", row))


def silent(shop: Shop, hours: float) -> None:
    """A lease of a month; HQ has not answered since."""
    now_ms = to_ms(shop.clock.now())
    contact.note(shop.till.db, now_ms, now_ms)
    lease(shop, days=30)
    shop.clock.forward(hours=hours)


def set_right(shop: Shop) -> None:
    """The clock was two hours ahead while somebody opened and left payment; it is set right, and HQ confirms that."""
    reader = shop.till.reader()
    shop.clock.forward(hours=2)
    checkout.add(shop.till, SHIRT)
    payment.open(shop.till)
    payment.cancel(shop.till)
    shop.clock.forward(hours=-2)
    con = sync_con(shop)
    floors.lower(con, to_ms(shop.clock.at), shop.clock.at)  # as hq_time.note in the sync thread
    con.close()
    status.status(reader)  # as Shop.ask_status
    reader.close()


def test_a_floor_that_hq_lowered_refuses_no_leased_coupon(leasing: Shop) -> None:
    lease(leasing, days=3)
    set_right(leasing)
    assert checkout.set_member(leasing.till, "M1").coupon_off == 1000


def test_a_floor_that_hq_lowered_is_not_raised_by_the_next_sale(shop: Shop) -> None:
    set_right(shop)
    right = shop.clock.at
    cart = payment.open(shop.till).cart_id
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, cart)
    ((body,),) = shop.rows("SELECT body FROM fact WHERE kind = 'SaleCompleted'")
    assert not json.loads(body)["clock"].get("clock_suspect")
    assert json.loads(body)["at"] == right.isoformat()
    assert terminal.read(shop.till.db).floor_ms == to_ms(right)


def test_what_hq_confirmed_brings_back_no_promotion(shop: Shop) -> None:
    """Eight quiet days with HQ in reach; then the clock is put back: what has ended comes back."""
    ends = (shop.clock.now() + timedelta(days=2)).isoformat()
    shop.hq.promotion({"id": "P1", "kind": "percent_off", "bp": 5000, "until": ends})
    checkout.add(shop.till, COAT)
    cart = payment.open(shop.till).cart_id
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, cart)
    reader = shop.till.reader()
    shop.clock.forward(days=8)
    con = sync_con(shop)
    contact.note(con, to_ms(shop.clock.at), to_ms(shop.clock.at))
    con.close()
    shop.clock.forward(days=-8)
    assert status.status(reader).clock_suspect
    assert checkout.add(shop.till, COAT).total == 25900


def test_a_clock_put_back_in_a_payment_on_monday(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    cart = payment.open(shop.till).cart_id
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, cart)  # the last sale of Saturday
    reader = shop.till.reader()
    con = connect(shop.folder / TILL_FILE)
    for _ in range(40):
        shop.clock.forward(hours=1)
        contact.note(con, to_ms(shop.clock.at), to_ms(shop.clock.at))  # as the sync at each contact
    con.close()
    assert not status.status(reader).clock_jumped, "the strip asks no manager"
    shop.hq.setting("coupon_leases", True)
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1000})
    checkout.add(shop.till, COAT)
    checkout.set_member(shop.till, "M1")
    asked = holding.question(holding.line_changed(shop.till, online=True))
    assert asked is not None
    until = shop.clock.at + timedelta(minutes=10)
    holding.take(shop.till, asked, Answer({"K1": kept("K1", until)}, time=shop.clock.at))
    holding.line_changed(shop.till, online=False)
    assert payment.open(shop.till).coupon_off == 1000
    shop.clock.forward(hours=2)
    shop.clock.forward(hours=-3)  # put back while payment lies open: nobody can tell for how long (S-16)
    assert status.status(reader).clock_suspect, "the strip says so"
    with pytest.raises(Refused, match="coupon_over"):
        payment.pay(shop.till, "cash")


def test_a_week_without_hq_passes_while_the_cart_is_open(leasing: Shop) -> None:
    silent(leasing, hours=167)
    checkout.add(leasing.till, COAT)
    assert checkout.set_member(leasing.till, "M1").coupon_off == 1000
    leasing.clock.forward(hours=2)
    view = payment.open(leasing.till)
    assert view.coupon_off == 0, "after 7 days leases do not hold (no_contact)"


def test_contact_by_the_hub_gives_the_right_back(leasing: Shop) -> None:
    """The line stays down, the store's hub brings HQ's signed time: a contact."""
    silent(leasing, hours=169)
    checkout.add(leasing.till, COAT)
    assert checkout.set_member(leasing.till, "M1").coupon_off == 0
    con = sync_con(leasing)
    contact.note(con, to_ms(leasing.clock.at), to_ms(leasing.clock.at))
    con.close()
    assert checkout.add(leasing.till, SHIRT).coupon_off == 1000


def test_points_whose_worth_changes_in_the_middle(shop: Shop) -> None:
    shop.hq.setting("points_for_yuan", 100)
    shop.hq.send(STORE, member_row("M2", "李雷", "13800001234", points=2_000))
    end = (shop.clock.at + timedelta(days=2)).isoformat()
    shop.hq.send(
        TERMINAL,
        ("value_lease", "L1", {"id": "L1", "member": "M2", "unit": "points", "amount": 2_000, "not_after": end}),
    )
    checkout.add(shop.till, SHIRT)
    checkout.set_member(shop.till, "M2")
    cart = payment.open(shop.till).cart_id
    payment.pay(shop.till, "points", 1_000)
    shop.hq.setting("points_for_yuan", 50)
    checkout.view(shop.till)
    payment.open(shop.till)
    view = payment.pay(shop.till, "points")
    assert sum(int(one.reference) for one in view.payments) <= 2_000
    if view.due:
        payment.pay(shop.till, "cash")
    payment.complete(shop.till, cart)
