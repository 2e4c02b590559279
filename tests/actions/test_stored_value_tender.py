"""储值 at the counter: within the till's own lease, with no line to HQ, and never more than that."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from posclient.actions import checkout, holding, payment, receipts, shift_report
from posclient.actions.holding import Answer
from posclient.actions.views import CartView
from posclient.db import sales, terminal
from posclient.devices.receipt_labels import load_labels
from posclient.domain.leases import Spendable
from posclient.domain.receipt_layout import lay_out
from posclient.domain.slip_rows import Row
from posclient.errors import InputError, Refused
from tests.actions.kidswear import STORE, TERMINAL, Shop, member_row, on_top, sku

COAT, SHIRT = sku("A001"), sku("T001")
SHIRT_PRICE = 5900


@pytest.fixture
def rich(shop: Shop) -> Shop:
    """M2 has 300 yuan of stored value, of which 100 are leased to this till for two days; a T-shirt in the cart."""
    shop.hq.setting("stored_value", True)
    shop.hq.send(STORE, member_row("M2", "李雷", "13800001234", stored_value=30_000))
    lease(shop, 10_000)
    checkout.add(shop.till, SHIRT)
    checkout.set_member(shop.till, "M2")
    return shop


def lease(shop: Shop, amount: int, not_after: datetime | None = None, applied_seq: int = 0) -> None:
    end = not_after or shop.clock.at + timedelta(days=2)
    row = {"id": "L1", "member": "M2", "amount": amount, "not_after": end.isoformat()}
    shop.hq.send(TERMINAL, ("value_lease", "L1", row), applied_seq=applied_seq)


def value(view: CartView) -> Spendable:
    assert view.member is not None
    assert view.member.value is not None
    return view.member.value


def sell(shop: Shop, amount: int | None = None) -> str:
    """Ring a shirt up for M2 and pay with stored value, the rest in cash; the sale's id."""
    if checkout.view(shop.till).lines == ():
        checkout.add(shop.till, SHIRT)
        checkout.set_member(shop.till, "M2")
    cart = payment.open(shop.till).cart_id
    view = payment.pay(shop.till, "stored_value", amount)
    if view.due:
        payment.pay(shop.till, "cash")
    return payment.complete(shop.till, cart).sale_id


def test_the_shift_report_counts_stored_value_as_a_tender_of_its_own(rich: Shop) -> None:
    """C9: no money came into the drawer for it."""
    sell(rich, 4000)
    found = shift_report.reading(rich.till).figures
    assert [(one.tender, one.count, one.amount) for one in found.tenders] == [
        ("stored_value", 1, 4000),
        ("cash", 1, 1900),
    ]
    assert found.net == found.paid == SHIRT_PRICE


def test_a_sale_is_paid_with_stored_value_offline(rich: Shop) -> None:
    sale = sales.by_id(rich.till.db, sell(rich))
    assert sale is not None
    assert [(one.tender, one.amount) for one in sale.payments] == [("stored_value", SHIRT_PRICE)]
    slip = receipts.receipt(rich.till, sale.id)
    assert slip.member is not None
    assert slip.member.stored_value == 30_000 - SHIRT_PRICE
    said = [f"{row.left} {row.right}" for row in lay_out(slip, load_labels("zh_CN"), 32) if isinstance(row, Row)]
    assert "储值 59.00" in said
    assert "储值余额 241.00 " in said


def test_what_is_spent_counts_before_hq_has_heard_of_it(rich: Shop) -> None:
    """T-43, S-18: the own unsent sale is taken off the lease, and counted once when HQ has it too."""
    sell(rich)
    checkout.add(rich.till, SHIRT)
    assert value(checkout.set_member(rich.till, "M2")).amount == 10_000 - SHIRT_PRICE
    lease(rich, 10_000 - SHIRT_PRICE, applied_seq=1)
    rich.hq.send(STORE, member_row("M2", "李雷", "13800001234", stored_value=30_000 - SHIRT_PRICE), applied_seq=1)
    view = checkout.view(rich.till)
    checkout.set_quantity(rich.till, view.lines[0].id, 2)
    view = checkout.set_quantity(rich.till, view.lines[0].id, 1)
    assert value(view).amount == 10_000 - SHIRT_PRICE
    assert view.member is not None
    assert view.member.member.stored_value == 30_000 - SHIRT_PRICE


def test_more_than_the_lease_is_never_taken(rich: Shop) -> None:
    """T-41: nor by paying twice on one ticket."""
    checkout.add(rich.till, COAT)
    payment.open(rich.till)
    with pytest.raises(InputError, match="stored_value"):
        payment.pay(rich.till, "stored_value", 10_001)
    assert payment.pay(rich.till, "stored_value").payments[0].amount == 10_000
    with pytest.raises(Refused) as caught:
        payment.pay(rich.till, "stored_value", 1)
    assert (caught.value.code, caught.value.params) == ("no_stored_value", {"why": "spent"})


def test_a_payment_that_is_taken_back_frees_its_value(rich: Shop) -> None:
    payment.open(rich.till)
    view = payment.pay(rich.till, "stored_value", 3_000)
    view = payment.remove(rich.till, view.payments[0].id)
    assert payment.pay(rich.till, "stored_value").payments[0].amount == SHIRT_PRICE
    assert payment.cancel(rich.till).payments == ()


def test_why_nothing_can_be_spent(rich: Shop) -> None:
    payment.open(rich.till)
    lease(rich, 10_000, rich.clock.at + timedelta(minutes=15))
    with pytest.raises(Refused) as caught:
        payment.pay(rich.till, "stored_value")
    assert caught.value.params == {"why": "lease_ended"}
    payment.cancel(rich.till)
    checkout.set_member(rich.till, None)
    payment.open(rich.till)
    with pytest.raises(Refused) as caught:
        payment.pay(rich.till, "stored_value")
    assert caught.value.params == {"why": "no_member"}


def test_where_the_chain_has_none_it_is_no_tender(rich: Shop) -> None:
    rich.hq.setting("stored_value", False)
    view = payment.open(rich.till)
    assert view.member is not None
    assert view.member.value is None
    with pytest.raises(Refused) as caught:
        payment.pay(rich.till, "stored_value")
    assert caught.value.params == {"why": "off"}


def test_a_lease_that_ends_during_payment_does_not_stop_the_sale(rich: Shop) -> None:
    """S-18: what was paid is paid; HQ waits half an hour longer than the till."""
    cart = payment.open(rich.till).cart_id
    payment.pay(rich.till, "stored_value")
    rich.clock.forward(days=2)
    assert payment.complete(rich.till, cart).total == SHIRT_PRICE


def test_a_payment_that_lay_open_beyond_the_lease_is_taken_anew(rich: Shop) -> None:
    """S-18: the till was switched off in the middle; by now HQ may have given the value to another store."""
    cart = payment.open(rich.till).cart_id
    (paid,) = payment.pay(rich.till, "stored_value").payments
    rich.clock.forward(days=2, minutes=15)
    rich.reopen()
    with pytest.raises(Refused) as caught:
        payment.complete(rich.till, cart)
    assert (caught.value.code, caught.value.params) == ("own_money_over", {"kind": "stored_value"})
    assert rich.rows("SELECT count(*) FROM sale") == [(0,)]
    payment.remove(rich.till, paid.id)
    payment.pay(rich.till, "cash")
    assert payment.complete(rich.till, cart).total == SHIRT_PRICE


@pytest.mark.parametrize("how", ["cash", "card"])
def test_nothing_is_paid_on_top_of_what_is_over(rich: Shop, how: str) -> None:
    """S-18: the cashier hears of it before they take the rest in cash, not with the cash in their hand."""
    cart = payment.open(rich.till).cart_id
    (paid,) = payment.pay(rich.till, "stored_value", SHIRT_PRICE // 2).payments
    rich.clock.forward(days=2, minutes=15)
    rich.reopen()
    with pytest.raises(Refused) as caught:
        payment.pay(rich.till, "cash") if how == "cash" else payment.begin_card(rich.till)
    assert (caught.value.code, caught.value.params) == ("own_money_over", {"kind": "stored_value"})
    assert (rich.till.selling.cart.payments, rich.till.selling.cart.card_attempt) == ((paid,), None)
    payment.remove(rich.till, paid.id)
    payment.pay(rich.till, "cash")
    assert payment.complete(rich.till, cart).total == SHIRT_PRICE


def test_a_payment_that_lay_open_while_the_clock_was_put_back_is_taken_anew(rich: Shop) -> None:
    """S-16, S-18: by that clock nobody can tell for how long; HQ may have given the value to another store."""
    cart = payment.open(rich.till).cart_id
    (paid,) = payment.pay(rich.till, "stored_value").payments
    rich.clock.forward(minutes=-6)
    rich.reopen()
    with pytest.raises(Refused) as caught:
        payment.complete(rich.till, cart)
    assert caught.value.params == {"kind": "stored_value", "reason": "clock_suspect"}
    rich.clock.forward(minutes=1)
    view = payment.remove(rich.till, paid.id)
    assert view.due == SHIRT_PRICE
    payment.pay(rich.till, "stored_value")
    assert payment.complete(rich.till, cart).total == SHIRT_PRICE


def test_a_payment_on_a_lease_from_before_an_enrolment_is_taken_anew(rich: Shop) -> None:
    """S-18: what HQ leased to the till that this was is not believed any more."""
    cart = payment.open(rich.till).cart_id
    payment.pay(rich.till, "stored_value")
    rich.hq.send(TERMINAL, ("value_lease", "L1", None))
    with pytest.raises(Refused, match="own_money_over"):
        payment.complete(rich.till, cart)
    lease(rich, SHIRT_PRICE)
    assert payment.complete(rich.till, cart).total == SHIRT_PRICE


def test_hq_leases_more_to_a_till_that_asks(rich: Shop) -> None:
    checkout.add(rich.till, COAT)
    assert holding.question(checkout.view(rich.till)) is None
    view = payment.open(rich.till)
    asked = holding.question(view)
    assert asked is not None
    assert (asked.coupons, asked.value) == ((), 20_000)
    end = (rich.clock.at + timedelta(minutes=25)).isoformat()
    view = holding.take(rich.till, asked, Answer(on_top=(on_top("L2", "M2", 20_000, end),)))
    assert value(view) == Spendable(30_000, rich.clock.at + timedelta(minutes=10))
    assert holding.question(view) is None
    rich.reopen()
    assert value(checkout.view(rich.till)).amount == 30_000
    row = {"id": "L2", "member": "M2", "amount": 20_000, "not_after": end}
    rich.hq.send(TERMINAL, ("value_lease", "L2", row))
    assert payment.pay(rich.till, "stored_value").payments[0].amount == 30_000
    assert payment.pay(rich.till, "cash").due == 0


def test_hq_leases_twice_before_its_rows_come(rich: Shop) -> None:
    """S-18: the member topped up elsewhere meanwhile, or both questions were on their way. Each lease is one of its
    own, and what was paid on the first is kept by HQ whatever it answers next; the same answer twice is one lease.
    """
    checkout.add(rich.till, COAT)
    cart = payment.open(rich.till).cart_id
    asked = holding.question(checkout.view(rich.till))
    assert asked is not None
    end = (rich.clock.at + timedelta(minutes=25)).isoformat()
    holding.take(rich.till, asked, Answer(on_top=(on_top("L2", "M2", 15_000, end),)))
    assert payment.pay(rich.till, "stored_value", 25_000).payments[0].amount == 25_000
    for _ in range(2):
        view = holding.take(rich.till, asked, Answer(on_top=(on_top("L3", "M2", 5_000, end),)))
        assert value(view).amount == 30_000
    rich.reopen()
    assert [one.amount for one in payment.pay(rich.till, "stored_value").payments] == [25_000, 5_000]
    payment.pay(rich.till, "cash")
    assert payment.complete(rich.till, cart).total == 31_800


def test_an_answer_to_an_earlier_enrolment_leases_nothing(rich: Shop) -> None:
    """S-18: HQ books no sale of this one on what it leased to that. One that names nobody is taken as ever."""
    checkout.add(rich.till, COAT)
    asked = holding.question(payment.open(rich.till))
    assert asked is not None
    more = on_top("L2", "M2", 20_000, (rich.clock.at + timedelta(minutes=25)).isoformat())
    view = holding.take(rich.till, asked, Answer(on_top=(more,), incarnation="an earlier one"))
    assert value(view).amount == 10_000
    view = holding.take(rich.till, asked, Answer(on_top=(more,), incarnation=rich.till.terminal.incarnation))
    assert value(view).amount == 30_000


def test_a_till_that_forked_asks_for_nothing_on_top(rich: Shop) -> None:
    """S-18, S-19: it may spend nothing, and HQ would keep it from the member everywhere until the lease is over."""
    checkout.add(rich.till, COAT)
    view = payment.open(rich.till)
    assert holding.question(view) is not None
    terminal.note_trouble(rich.till.db, terminal.FORK)
    view = holding.line_changed(rich.till, online=True)
    assert value(view) == Spendable(0, reason="forked")
    assert holding.question(view) is None


def test_a_clock_that_was_put_back_freezes_what_hq_leased_on_top(rich: Shop) -> None:
    """S-16: ten minutes on top are ten minutes; nor is more asked for until the clock is set."""
    checkout.add(rich.till, COAT)
    asked = holding.question(payment.open(rich.till))
    assert asked is not None
    end = (rich.clock.at + timedelta(minutes=25)).isoformat()
    terminal.raise_floor(rich.till.db, rich.clock.at + timedelta(minutes=6))
    view = holding.take(rich.till, asked, Answer(on_top=(on_top("L2", "M2", 20_000, end),)))
    assert value(view) == Spendable(0, reason="clock_suspect")
    assert holding.question(view) is None
    with pytest.raises(Refused) as caught:
        payment.pay(rich.till, "stored_value")
    assert caught.value.params == {"why": "clock_suspect"}
    rich.clock.forward(minutes=2)
    assert payment.pay(rich.till, "stored_value").payments[0].amount == 30_000


def test_no_answer_about_stored_value_changes_nothing(rich: Shop) -> None:
    checkout.add(rich.till, COAT)
    asked = holding.question(payment.open(rich.till))
    assert asked is not None
    assert value(holding.take(rich.till, asked, None)).amount == 10_000


def test_a_restart_in_the_middle_counts_what_was_paid(rich: Shop) -> None:
    """S-18: power cut between the payment and the sale."""
    checkout.add(rich.till, COAT)
    payment.open(rich.till)
    payment.pay(rich.till, "stored_value", 9_000)
    rich.reopen()
    view = payment.pay(rich.till, "stored_value")
    assert [one.amount for one in view.payments] == [9_000, 1_000]
