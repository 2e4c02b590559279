"""What a till may not do any more when HQ has not answered for 72 hours, 7 days, 30 days; and what it still does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from posclient.actions import checkout, login, members, payment, readiness, rights, status, valet
from posclient.actions.views import ScanKind
from posclient.db import contact, terminal
from posclient.db.connection import transaction
from posclient.db.instants import to_ms
from posclient.domain.people import MemberCoupon
from posclient.domain.valet import Address
from posclient.errors import Refused
from tests.actions.kidswear import OWN_KEY, STORE, Shop, sku

COAT = sku("A001")
M1 = "M1"


@pytest.fixture
def silent(shop: Shop) -> Shop:
    """HQ answered at opening time, and will not again."""
    now_ms = to_ms(shop.clock.now())
    contact.note(shop.till.db, now_ms, now_ms)
    return shop


def known(shop: Shop) -> str:
    found = next(one for one in members.find(shop.till, phone(shop)[-4:]) if one.id == M1)
    return found.masked_name


def phone(shop: Shop) -> str:
    return str(shop.hq.live[STORE]["member", M1].d["phone"])  # type: ignore[index]


def test_before_72_hours_nothing_changes_but_a_warning_comes(silent: Shop) -> None:
    """S-21: twelve hours before it bites people can still do something about it."""
    silent.clock.forward(hours=59)
    assert status.status(silent.till).limits == ()
    silent.clock.forward(hours=2)
    (near,) = status.status(silent.till).limits
    assert (near.step, near.since_s, known(silent)[0]) == ("sealed", -11 * 3600.0, "王")
    found = {one.name: one for one in readiness.look(silent.till, 3600.0, {}).capabilities}
    assert [one.code for one in found["members"].reasons if one.in_s] == ["sealed_soon"]


def test_after_72_hours_members_are_sealed_and_the_till_sells_on(silent: Shop) -> None:
    """S-20, S-21: found by code and last four, masked; nobody's phone, name or birthday is to be had."""
    number = phone(silent)
    silent.clock.forward(hours=73)
    assert status.status(silent.till).sealed_s == 3600.0
    assert known(silent) == ""
    served = checkout.scan(silent.till, "QLM1")
    assert (served.kind, served.view.member and served.view.member.member.sealed) == (ScanKind.MEMBER, True)
    assert members.find(silent.till, number[:7]) == ()
    for text in (number, "13999998888"):
        with pytest.raises(Refused, match="members_sealed"):
            members.find(silent.till, text)
        with pytest.raises(Refused, match="members_sealed"):
            members.register(silent.till, text)
    with pytest.raises(Refused, match="members_sealed"):
        valet.place(silent.till, ((COAT, 1),), None, Address("李", "13912345678", "路 1 号"), 0, "G1")
    checkout.add(silent.till, COAT)
    cart = payment.open(silent.till).cart_id
    payment.pay(silent.till, "cash")
    assert payment.complete(silent.till, cart).total > 0
    reasons = {one.name: [why.code for why in one.reasons] for one in readiness.look(silent.till, 9.0, {}).capabilities}
    assert "sealed" in reasons["members"]
    assert "sealed_address" in reasons["valet"]


def test_sealed_stays_sealed_when_the_clock_is_put_back(silent: Shop) -> None:
    """S-16: what is written down counts, until HQ answers."""
    with transaction(silent.till.db) as con:
        contact.note_sealed(con, silent.clock.now())
    silent.till.own.drop()
    silent.clock.forward(hours=-5)
    assert status.status(silent.till).sealed_s == 0
    with pytest.raises(Refused, match="members_sealed"):
        members.register(silent.till, "13999998888")


def test_a_revoked_till_says_why(silent: Shop) -> None:
    """S-21: the sentence is another one, and so is what there is to do."""
    terminal.note_trouble(silent.till.db, terminal.REVOKED)
    with transaction(silent.till.db) as con:
        contact.note_sealed(con, silent.clock.now())
    with pytest.raises(Refused, match="members_sealed") as refused:
        members.register(silent.till, "13999998888")
    assert refused.value.params == {"why": "revoked"}
    found = {one.name: [why.code for why in one.reasons] for one in readiness.look(silent.till, 9.0, {}).capabilities}
    assert "revoked" in found["members"]
    silent.clock.forward(days=31)
    with pytest.raises(Refused, match="locked_out") as locked:
        login.log_in(silent.till, "1111")
    assert locked.value.params == {"why": "revoked"}


def test_after_a_week_only_cash_is_taken(silent: Shop) -> None:
    silent.clock.forward(days=7, hours=1)
    checkout.add(silent.till, COAT)
    view = payment.open(silent.till)
    with pytest.raises(Refused, match="cash_only"):
        payment.begin_card(silent.till)
    with pytest.raises(Refused, match="cash_only"):
        payment.pay(silent.till, "stored_value")
    assert payment.pay(silent.till, "cash").due == 0
    payment.complete(silent.till, view.cart_id)
    found = {one.name: [why.code for why in one.reasons] for one in readiness.look(silent.till, 9.0, {}).capabilities}
    assert "cash_only" in found["sell"]
    assert "no_leases" in found["coupons"]


def test_after_a_week_no_lease_holds(silent: Shop) -> None:
    silent.hq.setting("coupon_leases", value=True)
    silent.hq.setting("stored_value", value=True)
    far = (silent.clock.now() + timedelta(days=60)).isoformat()
    silent.hq.coupon("K1", M1, {"kind": "amount_off", "amount": 500})
    lease = {"coupon": "K1", "store": "S001", "not_after": far, "recalled": False}
    silent.hq.send(STORE, ("coupon_lease", "K1", lease))
    silent.till.reference.refresh()
    held = [MemberCoupon("K1", "券", M1, {"kind": "amount_off", "amount": 500, "id": "K1"}, None)]
    assert rights.of_coupons(silent.till, held, None)["K1"].kind == "lease"
    silent.clock.forward(days=7, hours=1)
    assert rights.of_coupons(silent.till, held, None)["K1"].reason == "no_contact"
    checkout.set_member(silent.till, M1)
    card = checkout.view(silent.till).member
    assert card is not None
    assert card.value is not None
    assert (card.value.amount, card.value.reason) == (0, "no_contact")


def test_after_a_month_nobody_logs_in_and_an_open_sale_can_be_finished(silent: Shop) -> None:
    """Unsent facts are kept; a contact opens it."""
    checkout.add(silent.till, COAT)
    silent.clock.forward(days=30, hours=1)
    checkout.add(silent.till, COAT)
    cart = payment.open(silent.till).cart_id
    payment.pay(silent.till, "cash")
    payment.complete(silent.till, cart)
    with pytest.raises(Refused, match="locked_out"):
        checkout.add(silent.till, COAT)
    assert checkout.scan(silent.till, COAT).code == "locked_out"
    login.log_out(silent.till)
    with pytest.raises(Refused, match="locked_out"):
        login.log_in(silent.till, "1111")
    assert status.status(silent.till).unsent > 0
    sell = readiness.look(silent.till, 9.0, {}).capabilities[0]
    assert (sell.state.value, sell.reasons[0].code) == ("unavailable", "locked_out")
    contact.note(silent.till.db, to_ms(silent.clock.now()), to_ms(silent.clock.now()))
    assert login.log_in(silent.till, "1111").id == "G1"
    silent.till.own.put(OWN_KEY)
    assert known(silent)[0] == "王"


@pytest.mark.parametrize("told", [True, False])
def test_after_a_month_a_sale_whose_card_was_charged_is_finished(silent: Shop, told: bool) -> None:
    """T-8: the program ended before it was. Somebody logs in for this sale, and begins no other."""
    checkout.add(silent.till, COAT)
    cart = payment.open(silent.till).cart_id
    payment.begin_card(silent.till)
    if told:
        payment.end_card(silent.till, approved=True, reference="A1")
    silent.clock.forward(days=30, hours=1)
    silent.reopen_logged_out()
    login.log_in(silent.till, "1111")
    if not told:
        payment.end_card(silent.till, approved=True, reference="A1")
    assert payment.complete(silent.till, cart).total == 25900
    with pytest.raises(Refused, match="locked_out"):
        checkout.add(silent.till, COAT)
    login.log_out(silent.till)
    with pytest.raises(Refused, match="locked_out"):
        login.log_in(silent.till, "1111")


def test_hq_may_switch_them_off(silent: Shop) -> None:
    for name in ("seal_after_hours", "cash_only_after_hours", "lock_after_hours"):
        silent.hq.setting(name, value=0)
    silent.clock.forward(days=400)
    assert status.status(silent.till).limits == ()
    login.log_in(silent.till, "1111")
