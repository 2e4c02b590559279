"""积分 at the counter: in whole steps, within the till's own lease, and never earned on what they pay (T-43)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from posclient.actions import checkout, holding, payment, receipts, ringing
from posclient.actions.holding import Answer
from posclient.actions.views import CartView
from posclient.db import sales
from posclient.devices.receipt_labels import load_labels
from posclient.domain.leases import Spendable
from posclient.domain.points import Worth
from posclient.domain.receipt_layout import lay_out
from posclient.domain.slip_rows import Row
from posclient.errors import InputError, Refused
from tests.actions.kidswear import STORE, TERMINAL, Shop, member_row, on_top, sku

SHIRT = sku("T001")
SHIRT_PRICE = 5900


@pytest.fixture
def loyal(shop: Shop) -> Shop:
    """100 points are a yuan. M2 has 5,050, of which this till may take 3,080 for two days; a T-shirt in the cart."""
    shop.hq.setting("points_for_yuan", 100)
    shop.hq.send(STORE, member_row("M2", "李雷", "13800001234", points=5_050))
    lease(shop, 3_080)
    checkout.add(shop.till, SHIRT)
    checkout.set_member(shop.till, "M2")
    return shop


def lease(shop: Shop, amount: int, applied_seq: int = 0) -> None:
    end = (shop.clock.at + timedelta(days=2)).isoformat()
    row = {"id": "L1", "member": "M2", "unit": "points", "amount": amount, "not_after": end}
    shop.hq.send(TERMINAL, ("value_lease", "L1", row), applied_seq=applied_seq)


def usable(view: CartView) -> Spendable:
    assert view.member is not None
    assert view.member.points is not None
    return view.member.points


def sell(shop: Shop) -> str:
    cart = payment.open(shop.till).cart_id
    if payment.pay(shop.till, "points").due:
        payment.pay(shop.till, "cash")
    return payment.complete(shop.till, cart).sale_id


def test_points_pay_offline_in_whole_steps(loyal: Shop) -> None:
    """T-43: 30 steps of a yuan are leased; the rest is cash."""
    assert usable(checkout.view(loyal.till)).amount == 3_000
    sale = sales.by_id(loyal.till.db, sell(loyal))
    assert sale is not None
    assert [(one.tender, one.amount, one.reference) for one in sale.payments] == [
        ("points", 3_000, "3000"), ("cash", 2_900, "")
    ]  # fmt: skip


def test_what_points_paid_earns_none(loyal: Shop) -> None:
    """T-49: the reward itself earns nothing."""
    sale = sales.by_id(loyal.till.db, sell(loyal))
    assert sale is not None
    assert (sale.points_base, sale.points) == (2_900, 29)


def test_the_member_and_the_slip_show_what_is_left(loyal: Shop) -> None:
    slip = receipts.receipt(loyal.till, sell(loyal))
    assert slip.member is not None
    assert (slip.member.points, slip.member.balance, slip.member.stored_value) == (29, 5_050 - 3_000 + 29, None)
    said = [f"{row.left} {row.right}" for row in lay_out(slip, load_labels("zh_CN"), 32) if isinstance(row, Row)]
    assert "积分抵扣 3000 30.00" in said


def test_what_is_spent_counts_before_hq_has_heard_of_it(loyal: Shop) -> None:
    """T-16, T-43: taken off the lease once, whether HQ has the sale or not."""
    sell(loyal)
    checkout.add(loyal.till, SHIRT)
    assert usable(checkout.set_member(loyal.till, "M2")) == Spendable(0, loyal.clock.at + timedelta(hours=47.75), "few")
    lease(loyal, 2_080, applied_seq=1)
    checkout.set_member(loyal.till, None)
    assert usable(checkout.set_member(loyal.till, "M2")).amount == 2_000


def test_an_amount_between_two_steps_is_refused(loyal: Shop) -> None:
    payment.open(loyal.till)
    with pytest.raises(InputError) as caught:
        payment.pay(loyal.till, "points", 1_050)
    assert (caught.value.code, caught.value.params) == ("points_step", {"step": 100})
    with pytest.raises(InputError, match="points"):
        payment.pay(loyal.till, "points", 3_100)
    assert payment.pay(loyal.till, "points", 1_000).payments[0].reference == "1000"
    assert payment.pay(loyal.till, "points").payments[1].amount == 2_000
    with pytest.raises(Refused) as refused:
        payment.pay(loyal.till, "points")
    assert refused.value.params == {"why": "spent"}


def test_less_than_a_step_is_left_to_other_tenders(loyal: Shop) -> None:
    loyal.hq.setting("points_step", 10_000)
    lease(loyal, 20_000)
    payment.open(loyal.till)
    with pytest.raises(Refused) as caught:
        payment.pay(loyal.till, "points")
    assert (caught.value.code, caught.value.params) == ("no_points", {"why": "step"})


@pytest.mark.parametrize("setting", [0, -1, "100"])
def test_where_the_chain_says_no_worth_points_are_no_tender(loyal: Shop, setting: object) -> None:
    """T-43: a switch of each store."""
    loyal.hq.setting("points_for_yuan", setting)
    view = payment.open(loyal.till)
    assert view.member is not None
    assert view.member.points is None
    with pytest.raises(Refused) as caught:
        payment.pay(loyal.till, "points")
    assert caught.value.params == {"why": "off"}


def test_without_a_member_or_a_lease_the_reason_is_said(loyal: Shop) -> None:
    loyal.hq.send(TERMINAL, ("value_lease", "L1", None))
    payment.open(loyal.till)
    with pytest.raises(Refused) as caught:
        payment.pay(loyal.till, "points")
    assert caught.value.params == {"why": "not_leased"}
    payment.cancel(loyal.till)
    checkout.set_member(loyal.till, None)
    payment.open(loyal.till)
    with pytest.raises(Refused) as caught:
        payment.pay(loyal.till, "points")
    assert caught.value.params == {"why": "no_member"}


def test_hq_leases_more_to_a_till_that_asks(loyal: Shop) -> None:
    """As many as the member has in whole steps and the sale takes, less what this till has already."""
    asked = holding.question(payment.open(loyal.till))
    assert asked is not None
    assert (asked.value, asked.points) == (0, 2_000)
    end = (loyal.clock.at + timedelta(minutes=25)).isoformat()
    view = holding.take(loyal.till, asked, Answer(on_top=(on_top("L2", "M2", 2_000, end, "points"),)))
    assert usable(view).amount == 5_000
    assert holding.question(view) is None
    loyal.reopen()
    assert usable(checkout.view(loyal.till)).amount == 5_000
    assert payment.pay(loyal.till, "points").payments[0].reference == "5000"


def test_a_till_that_leases_more_than_the_member_has_asks_for_none(loyal: Shop) -> None:
    """T-43: HQ took points back after it had leased them; a question for a negative number is none."""
    loyal.hq.send(STORE, member_row("M2", "李雷", "13800001234", points=1_000))
    ringing.reprice(loyal.till)
    assert holding.question(payment.open(loyal.till)) is None


def test_a_payment_that_is_taken_back_frees_its_points(loyal: Shop) -> None:
    payment.open(loyal.till)
    view = payment.pay(loyal.till, "points", 1_000)
    payment.remove(loyal.till, view.payments[0].id)
    assert payment.pay(loyal.till, "points").payments[0].amount == 3_000
    assert payment.cancel(loyal.till).payments == ()


def test_points_of_little_worth() -> None:
    """A step's worth is rounded down to a fen, once: steps add up to the same, whatever the order."""
    worth = Worth(for_yuan=300, step=100)
    assert (worth.step_fen, worth.fen(350), worth.points(99)) == (33, 99, 300)
    assert (Worth(for_yuan=1_000_000, step=1).step_fen, Worth().points(100), Worth().fen(-5)) == (0, 0, 0)


def test_points_that_lay_open_beyond_the_lease_are_taken_anew(loyal: Shop) -> None:
    """S-18: by now HQ may have given them to another store."""
    cart = payment.open(loyal.till).cart_id
    payment.pay(loyal.till, "points")
    payment.pay(loyal.till, "cash")
    loyal.clock.forward(days=2, minutes=15)
    with pytest.raises(Refused, match="own_money_over"):
        payment.complete(loyal.till, cart)
    assert loyal.rows("SELECT count(*) FROM sale") == [(0,)]
