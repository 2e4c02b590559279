"""PINs, badges and managers: who is at the till, and who said yes."""

from __future__ import annotations

import json

import pytest

from posclient.actions import checkout, login, payment, status
from posclient.db import staff_records, terminal
from posclient.db.connection import transaction
from posclient.domain.people import Staff
from posclient.errors import NotFound, Refused
from tests.actions.kidswear import STORE, Shop, pin_hash, sku, staff_row


def test_a_pin_alone_is_enough(shop: Shop) -> None:
    login.log_out(shop.till)
    assert login.log_in(shop.till, "2222").name == "王"
    assert checkout.view(shop.till).guide_name == "王", "an empty cart becomes the guide's"
    login.log_in(shop.till, "3333")
    assert checkout.view(shop.till).guide_id is None, "and nobody's when a cashier comes"
    assert [one.name for one in login.staff(shop.till)] == ["店长", "林", "王", "陈"]


def test_a_badge_and_the_pin(shop: Shop) -> None:
    assert login.log_in_by_badge(shop.till, "BADGE-C1", "3333").id == "C1"
    with pytest.raises(NotFound, match="unknown_badge"):
        login.log_in_by_badge(shop.till, "BADGE-X", "3333")
    with pytest.raises(NotFound, match="unknown_badge"):
        login.log_in_by_badge(shop.till, "", "3333")


def test_a_cart_that_is_open_stays_whose_it_is(shop: Shop) -> None:
    """T-9: logging out loses nothing, neither the open cart nor what is unsent."""
    checkout.add(shop.till, sku("A001"))
    login.log_out(shop.till)
    login.log_out(shop.till)
    with pytest.raises(Refused, match="logged_out"):
        payment.open(shop.till)
    login.log_in(shop.till, "3333")
    view = payment.open(shop.till)
    assert (view.pieces, view.guide_id, shop.till.person().id) == (1, "G1", "C1")


def test_wrong_pins_lock_and_a_restart_gives_no_more_tries(shop: Shop) -> None:
    """S-23: five wrong ones, then a wait that grows; neither a restart nor the clock put back shortens it."""
    for left in (4, 3, 2, 1):
        with pytest.raises(Refused, match="wrong_pin") as refused:
            login.log_in(shop.till, "0000", "G2")
        assert refused.value.params["left"] == left
    shop.reopen()
    with pytest.raises(Refused, match="locked") as locked:
        login.log_in(shop.till, "0000", "G2")
    assert locked.value.params["seconds"] == 30
    shop.reopen()
    for pin in ("2222", "0000"):
        with pytest.raises(Refused, match="locked"):
            login.log_in(shop.till, pin, "G2")
    shop.clock.forward(hours=-1)
    with pytest.raises(Refused, match="locked"):
        login.log_in(shop.till, "2222", "G2")
    shop.clock.forward(hours=1, seconds=31)
    with pytest.raises(Refused, match="locked") as locked:
        login.log_in(shop.till, "0000", "G2")
    assert locked.value.params["seconds"] == 60
    shop.clock.forward(seconds=61)
    assert login.log_in(shop.till, "2222", "G2").id == "G2"
    with pytest.raises(Refused, match="wrong_pin"):
        login.log_in(shop.till, "0000", "G2")


def test_a_wait_that_began_under_a_wrong_clock_is_never_longer_than_the_longest(shop: Shop) -> None:
    """S-16, S-23: the clock was a year ahead when the PINs were wrong; set right, nobody waits for a year."""
    shop.clock.forward(days=365)
    for _ in range(4):
        with pytest.raises(Refused, match="wrong_pin"):
            login.log_in(shop.till, "0000")
    with pytest.raises(Refused, match="locked"):
        login.log_in(shop.till, "0000")
    shop.clock.forward(days=-365)
    with pytest.raises(Refused, match="locked") as locked:
        login.log_in(shop.till, "2222")
    assert locked.value.params["seconds"] == 15 * 60
    shop.reopen_logged_out()
    shop.clock.forward(minutes=14)
    with pytest.raises(Refused, match="locked"):
        login.log_in(shop.till, "2222")
    shop.clock.forward(minutes=1)
    assert login.log_in(shop.till, "2222").id == "G2"


def test_guessing_without_a_name_locks_as_well(shop: Shop) -> None:
    """S-23: a PIN alone opens, so wrong ones count for the till."""
    for _ in range(4):
        with pytest.raises(Refused, match="wrong_pin"):
            login.log_in(shop.till, "0000")
    with pytest.raises(Refused, match="locked"):
        login.log_in(shop.till, "0000")
    with pytest.raises(Refused, match="locked"):
        login.log_in(shop.till, "2222")
    assert login.log_in(shop.till, "2222", "G2").id == "G2", "whoever says who they are has tries of their own"


def test_two_people_with_one_pin_say_who_they_are(shop: Shop) -> None:
    """T-68: a shared PIN never logs in whoever comes first."""
    shop.hq.send(STORE, staff_row("G3", "赵", "2222", "guide"))
    with pytest.raises(Refused, match="choose_person"):
        login.log_in(shop.till, "2222")
    assert login.log_in(shop.till, "2222", "G3").name == "赵"


def test_somebody_who_left_is_not_let_in(shop: Shop) -> None:
    """S-23: a dismissed employee, as soon as the till has heard of it; the name stays on old slips."""
    table, key, row = staff_row("G2", "王", "2222", "guide")
    shop.hq.send(STORE, (table, key, {**row, "active": False}))
    with pytest.raises(Refused, match="wrong_pin"):
        login.log_in(shop.till, "2222")
    assert checkout.set_guide(shop.till, "G2").guide_name == "王"


def test_a_managers_pin_is_for_one_act_and_named(shop: Shop) -> None:
    """T-68: nothing stays unlocked, and nobody approves themselves."""
    with pytest.raises(Refused, match="not_manager"):
        login.approve(shop.till, "1111", "discount")
    with pytest.raises(Refused, match="wrong_pin"):
        login.approve(shop.till, "0000", "discount")
    assert login.approve(shop.till, "9999", "discount").name == "店长"
    assert shop.till.person().id == "G1"
    found = shop.rows("SELECT staff, detail FROM audit WHERE action = 'approve'")
    assert [(staff, json.loads(detail)) for staff, detail in found] == [("B1", {"action": "discount", "for": "G1"})]


def test_the_first_administrator_counts_until_hq_sends_staff(shop: Shop) -> None:
    shop.till.close()
    gone = [("staff", one, None) for one in ("G1", "G2", "C1", "B1")]
    shop.hq.send(STORE, *gone)
    shop.reopen_logged_out()
    with transaction(shop.till.db) as con:
        admin = Staff("admin", "管理员", "", frozenset({"admin"}))
        staff_records.add_local(con, admin, pin_hash("4321"))
    assert login.log_in(shop.till, "4321").is_manager
    shop.hq.send(STORE, staff_row("G1", "林", "1111", "guide"))
    with pytest.raises(Refused, match="wrong_pin"):
        login.log_in(shop.till, "4321")


def test_a_clock_that_jumped_ahead_asks_a_manager(shop: Shop) -> None:
    """S-16: a jump of more than a day does not move the floor until a manager says that it is right."""
    sell(shop)
    shop.clock.forward(days=3650)
    sell(shop)
    assert status.status(shop.till).clock_jumped
    shop.clock.forward(days=-3650, minutes=5)
    assert shop.till.now() == shop.clock.now(), "the floor did not follow"
    shop.clock.forward(days=3)
    with pytest.raises(Refused, match="not_manager"):
        login.confirm_time(shop.till, "1111")
    login.confirm_time(shop.till, "9999")
    assert not status.status(shop.till).clock_jumped
    right = shop.clock.now()
    shop.clock.forward(days=-2)
    assert shop.till.now() == right
    assert shop.reopen().now() == right


def test_a_clock_that_was_put_back_is_suspect(shop: Shop) -> None:
    """S-16, T-22: what is sold under it says so, and the floor holds."""
    sell(shop)
    sold_at = shop.till.now()
    shop.clock.forward(minutes=-4)
    assert not status.status(shop.till).clock_suspect
    shop.clock.forward(minutes=-2)
    assert status.status(shop.till).clock_suspect
    sell(shop)
    assert shop.till.now() >= sold_at
    stamps = [json.loads(body)["clock"] for (body,) in shop.rows("SELECT body FROM fact ORDER BY number")]
    assert [stamp.get("clock_suspect") for stamp in stamps] == [None, True]


def test_a_floor_that_hq_took_back_is_followed(shop: Shop) -> None:
    """S-16: a clock that ran ahead for a while is right again, and HQ has said so."""
    sell(shop)
    right = shop.clock.now()
    shop.clock.forward(hours=20)
    sell(shop)
    shop.clock.forward(hours=-20)
    assert status.status(shop.till).clock_suspect
    terminal.lower_floor(shop.till.db, int(right.timestamp() * 1000))
    assert not status.status(shop.till).clock_suspect
    assert shop.till.now() == right


def sell(shop: Shop) -> None:
    view = checkout.add(shop.till, sku("T001"))
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, view.cart_id)
