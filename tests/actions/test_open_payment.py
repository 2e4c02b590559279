"""A payment that lies open for longer than HQ keeps the coupons of its frozen quote (protocol.md, coupons)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from posclient.actions import checkout, holding, payment
from posclient.actions.grants import Grants
from posclient.actions.holding import Answer
from posclient.actions.standing import Refusal
from posclient.actions.views import CartView
from posclient.domain.leases import MARGIN
from posclient.errors import Refused
from tests.actions.kidswear import STORE, Shop, kept, member_row, sku

COAT, PRICE, OFF = sku("A001"), 23_900, 1_000
#: A till may use a hold for ten minutes; HQ keeps it for half an hour more.
HOLD = timedelta(minutes=10)
KEPT = HOLD + 2 * MARGIN


@pytest.fixture
def leasing(shop: Shop) -> Shop:
    """M1's coupon K1 (10 yuan off) is in the cache, M1 and a coat in the cart."""
    shop.hq.setting("coupon_leases", True)
    shop.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": OFF})
    checkout.add(shop.till, COAT)
    checkout.set_member(shop.till, "M1")
    return shop


@pytest.fixture
def held(leasing: Shop) -> Shop:
    """HQ, which is out of reach again, holds K1 for this till."""
    ask(leasing)
    holding.line_changed(leasing.till, online=False)
    return leasing


def ask(shop: Shop, refused: Refusal | None = None) -> CartView:
    """HQ is asked, and keeps K1 for ten minutes from now, or says why not."""
    asked = holding.question(holding.line_changed(shop.till, online=True))
    assert asked is not None
    assert asked.coupons == ("K1",)
    until = shop.clock.at + HOLD
    said = Answer({}, {"K1": refused}) if refused else Answer({"K1": kept("K1", until)})
    return holding.take(shop.till, asked, Answer(said.held, said.refused, time=shop.clock.at))


def lease(shop: Shop, not_after: str | None) -> None:
    row = {"coupon": "K1", "store": "S001", "not_after": not_after} if not_after else None
    shop.hq.send(STORE, ("coupon_lease", "K1", row))


def refused(shop: Shop, *, card: bool = False) -> None:
    """No money is taken for the frozen price, and the sentence names the coupon."""
    with pytest.raises(Refused) as caught:
        payment.begin_card(shop.till) if card else payment.pay(shop.till, "cash")
    assert (caught.value.code, caught.value.params) == ("coupon_over", {"name": "券K1"})
    view = checkout.view(shop.till)
    assert (view.payments, view.card_pending) == ((), None)


def rights(shop: Shop) -> list[str]:
    """By what right the last sale's fact says that it used its coupons."""
    ((body,),) = shop.rows("SELECT body FROM fact WHERE kind = 'SaleCompleted' ORDER BY number DESC LIMIT 1")
    return [one["right"] for one in json.loads(body).get("rights", ())]


@pytest.mark.parametrize("card", [False, True])
def test_no_money_is_taken_for_a_coupon_that_hq_keeps_no_longer(held: Shop, card: bool) -> None:
    """S-17: the till was killed with payment open, and somebody comes back to it; the boundary second."""
    assert payment.open(held.till).due == PRICE - OFF
    held.clock.forward(minutes=40)
    held.reopen()
    refused(held, card=card)
    assert payment.cancel(held.till).due == PRICE
    payment.open(held.till)
    payment.pay(held.till, "cash")
    assert payment.complete(held.till, checkout.view(held.till).cart_id).total == PRICE
    assert rights(held) == []


def test_a_payment_is_finished_while_hq_still_waits(held: Shop) -> None:
    """The customer looked for another card: what was promised stays, for half an hour more than it may be begun."""
    cart = payment.open(held.till).cart_id
    held.clock.at += KEPT - timedelta(seconds=1)
    payment.pay(held.till, "cash")
    assert payment.complete(held.till, cart).total == PRICE - OFF
    assert rights(held) == ["hold"]


def test_what_was_paid_in_time_is_completed_and_says_that_it_came_late(held: Shop) -> None:
    """T-13, S-17: killed between the money and the sale. The customer is gone with the coat."""
    cart = payment.open(held.till).cart_id
    payment.pay(held.till, "cash")
    held.clock.forward(days=9)
    held.reopen()
    assert payment.complete(held.till, cart).total == PRICE - OFF
    assert rights(held) == ["late"]


def test_a_card_that_was_approved_in_time_is_completed_too(held: Shop) -> None:
    cart = payment.open(held.till).cart_id
    payment.begin_card(held.till)
    held.clock.forward(days=1)
    held.reopen()
    payment.end_card(held.till, approved=True)
    assert payment.complete(held.till, cart).total == PRICE - OFF
    assert rights(held) == ["late"]


@pytest.mark.parametrize("leased", [False, True])
def test_no_money_is_taken_for_a_coupon_while_the_clock_is_wrong(leasing: Shop, leased: bool) -> None:
    """S-16, S-17: it was put back while payment lay open, so nobody can tell for how long: the boundary second."""
    if leased:
        lease(leasing, (leasing.clock.at + timedelta(days=3)).isoformat())
        checkout.set_member(leasing.till, "M1")
    else:
        ask(leasing)
        holding.line_changed(leasing.till, online=False)
    assert payment.open(leasing.till).due == PRICE - OFF
    used = leasing.clock.at
    leasing.clock.at = used - timedelta(minutes=5, seconds=1)
    with pytest.raises(Refused) as caught:
        payment.pay(leasing.till, "cash")
    assert caught.value.params == {"name": "券K1", "reason": "clock_suspect"}
    leasing.clock.at = used - timedelta(minutes=5)
    assert payment.pay(leasing.till, "cash").due == 0


def test_what_was_paid_before_the_clock_was_put_back_is_completed_and_says_late(held: Shop) -> None:
    """S-16, T-13: the customer is gone with the coat; when that was nobody can tell."""
    cart = payment.open(held.till).cart_id
    payment.pay(held.till, "cash")
    held.clock.forward(hours=-1)
    held.reopen()
    assert payment.complete(held.till, cart).total == PRICE - OFF
    assert rights(held) == ["late"]


def test_a_sale_for_coupons_alone_was_never_paid(held: Shop) -> None:
    """Nothing is open, so nothing was taken in time: it is not completed for nothing."""
    held.hq.coupon("K1", "M1", {"kind": "amount_off", "amount": 1_000_000})
    cart = payment.open(held.till).cart_id
    held.clock.at += KEPT
    with pytest.raises(Refused, match="coupon_over"):
        payment.complete(held.till, cart)
    assert held.rows("SELECT count(*) FROM sale") == [(0,)]


def test_the_stores_lease_that_was_renewed_meanwhile_is_as_good(leasing: Shop) -> None:
    """HQ's rows go on coming while payment is open."""
    lease(leasing, (leasing.clock.at + timedelta(days=1)).isoformat())
    checkout.set_member(leasing.till, "M1")
    cart = payment.open(leasing.till).cart_id
    leasing.clock.forward(days=3)
    refused(leasing)
    lease(leasing, (leasing.clock.at + timedelta(days=1)).isoformat())
    payment.pay(leasing.till, "cash")
    assert payment.complete(leasing.till, cart).total == PRICE - OFF
    assert rights(leasing) == ["lease"]


def test_a_lease_that_hq_took_away_is_none(leasing: Shop) -> None:
    """S-17: the row is gone with the next page, or with the enrolment anew of this till."""
    lease(leasing, (leasing.clock.at + timedelta(days=1)).isoformat())
    checkout.set_member(leasing.till, "M1")
    payment.open(leasing.till)
    lease(leasing, None)
    refused(leasing)


def test_a_hold_that_ends_while_payment_is_open_is_asked_for_anew(held: Shop) -> None:
    """In reach of HQ nobody has to go back to the cart."""
    cart = payment.open(held.till).cart_id
    held.clock.at += KEPT
    refused(held)
    view = ask(held)
    assert (view.paying, holding.question(view)) == (True, None)
    payment.pay(held.till, "cash")
    assert payment.complete(held.till, cart).total == PRICE - OFF
    assert rights(held) == ["hold"]


def test_hq_is_asked_for_nothing_that_the_frozen_quote_does_not_take(held: Shop) -> None:
    payment.open(held.till)
    held.hq.coupon("K2", "M1", {"kind": "amount_off", "amount": 700})
    assert holding.question(holding.line_changed(held.till, online=True)) is None


@pytest.mark.parametrize("code", ["used", "held_here"])
def test_what_hq_says_of_the_coupon_counts_at_once(held: Shop, code: str) -> None:
    """S-17: its word is newer than its promise was."""
    payment.open(held.till)
    held.clock.at += HOLD
    ask(held, Refusal(code, "S001"))
    refused(held)


@pytest.fixture
def granted(leasing: Shop) -> Shop:
    """HQ is away. The store leases K1 for days, its hub keeps it for this cart for ten minutes; payment is open."""
    lease(leasing, (leasing.clock.at + timedelta(days=3)).isoformat())
    holding.line_changed(leasing.till, online=False, hub=True)
    view = checkout.set_member(leasing.till, "M1")
    grant(leasing, view)
    payment.open(leasing.till)
    return leasing


def grant(shop: Shop, view: CartView) -> None:
    """The hub is asked, and keeps K1 for ten minutes from now."""
    asked = holding.question(view)
    assert asked is not None
    assert asked.coupons == ("K1",)
    holding.take(shop.till, asked, Answer(granted={"K1": HOLD}))


def unconfirmed(shop: Shop) -> None:
    """No money is taken before the hub has said whose the coupon is; the sentence names it."""
    with pytest.raises(Refused) as caught:
        payment.pay(shop.till, "cash")
    assert (caught.value.code, caught.value.params) == ("coupon_unconfirmed", {"name": "券K1"})


def test_no_money_is_taken_for_a_coupon_that_the_hub_may_have_given_to_another_till(granted: Shop) -> None:
    """S-17: the hub's word holds for ten minutes; both tills used the coupon. The boundary second."""
    granted.clock.at += HOLD - timedelta(seconds=1)
    payment.pay(granted.till, "cash", 1_000)
    granted.clock.at += timedelta(seconds=1)
    unconfirmed(granted)
    asked = holding.question(holding.line_changed(granted.till, online=False, hub=True))
    assert asked is not None
    holding.take(granted.till, asked, Answer(refused={"K1": Refusal("held_here", "S001-2")}))
    with pytest.raises(Refused, match="coupon_over"):
        payment.pay(granted.till, "cash")
    assert payment.cancel(granted.till, handed_back=True).coupon_off == 0


def test_a_clock_that_is_put_back_adds_nothing_to_the_hubs_minutes(leasing: Shop) -> None:
    """S-17: the hub counts them by a clock that nobody sets; five minutes are no reason to suspect the till's."""
    machine = [100.0]
    leasing.till.selling.grants = Grants(lambda: machine[0])
    lease(leasing, (leasing.clock.at + timedelta(days=3)).isoformat())
    holding.line_changed(leasing.till, online=False, hub=True)
    grant(leasing, checkout.set_member(leasing.till, "M1"))
    payment.open(leasing.till)
    leasing.clock.at -= timedelta(minutes=5)
    machine[0] += HOLD.total_seconds() - 1
    payment.pay(leasing.till, "cash", 1_000)
    machine[0] += 1
    unconfirmed(leasing)
    grant(leasing, holding.line_changed(leasing.till, online=False, hub=True))
    assert payment.pay(leasing.till, "cash").due == 0


def test_the_hub_is_asked_anew_while_payment_is_open(granted: Shop) -> None:
    granted.clock.at += HOLD
    grant(granted, holding.line_changed(granted.till, online=False, hub=True))
    payment.pay(granted.till, "cash")
    assert payment.complete(granted.till, checkout.view(granted.till).cart_id).total == PRICE - OFF
    assert rights(granted) == ["lease"]


def test_a_till_that_starts_anew_asks_the_hub_anew(granted: Shop) -> None:
    """What the hub had said was in memory; until it says it again no money is taken."""
    granted.reopen()
    view = holding.line_changed(granted.till, online=False, hub=True)
    unconfirmed(granted)
    grant(granted, view)
    assert payment.pay(granted.till, "cash").due == 0


def test_where_the_hub_is_gone_the_stores_lease_is_enough(granted: Shop) -> None:
    """As without a hub: what two tills then make of one lease HQ settles."""
    granted.clock.at += HOLD
    holding.line_changed(granted.till, online=False, hub=False)
    assert payment.pay(granted.till, "cash").due == 0


def test_what_was_paid_while_the_hub_kept_it_is_completed_by_the_lease(granted: Shop) -> None:
    """T-13: killed between the money and the sale."""
    cart = checkout.view(granted.till).cart_id
    payment.pay(granted.till, "cash")
    granted.clock.at += HOLD
    assert payment.complete(granted.till, cart).total == PRICE - OFF
    assert rights(granted) == ["lease"]


def test_the_hub_is_asked_too_where_the_lease_is_over_for_a_new_cart(granted: Shop) -> None:
    """HQ waits for another half an hour: nobody is told to wait for an answer that nobody asks for."""
    granted.clock.at += timedelta(days=3) - MARGIN
    unconfirmed(granted)
    grant(granted, checkout.view(granted.till))
    assert payment.pay(granted.till, "cash").due == 0


def test_the_hub_is_asked_too_where_the_member_left_the_store_meanwhile(granted: Shop) -> None:
    """They moved home, or asked to be forgotten: the quote is frozen, and its coupon leased."""
    granted.hq.send(STORE, ("member", "M1", None), ("coupon", "K1", None))
    granted.clock.at += HOLD
    unconfirmed(granted)
    grant(granted, holding.line_changed(granted.till, online=False, hub=True))
    assert payment.pay(granted.till, "cash").due == 0


def test_the_hubs_answer_counts_for_a_member_who_was_united_with_another(granted: Shop) -> None:
    """The cart keeps the id that the quote was frozen with."""
    granted.hq.send(
        STORE, member_row("M0", "王小明", "13912341235"), ("member_alias", "M1", {"old": "M1", "new": "M0"})
    )
    granted.clock.at += HOLD
    unconfirmed(granted)
    view = holding.line_changed(granted.till, online=False, hub=True)
    assert view.member is not None
    assert view.member.member.id == "M0"
    grant(granted, view)
    assert payment.pay(granted.till, "cash").due == 0
