"""What people do to a cart by hand: quantities, prices, discounts, voids, guides; and that it always adds up."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posclient.actions import checkout, login, payment
from posclient.actions.views import CartView
from posclient.db import sales
from posclient.domain.gtin import ean13
from posclient.domain.people import Staff
from posclient.errors import InputError, NotFound, Refused
from tests.actions.kidswear import GLOBAL, Shop, product_row, sku

COAT, SHIRT, LEGGINGS = sku("A001"), sku("T001"), sku("R001")


def adds_up(view: CartView) -> bool:
    off = view.promotion_off + view.coupon_off + view.manual_off + view.member_off
    return (
        view.total == sum(line.net for line in view.lines)
        and view.list_total == view.total + off
        and view.saved == sum(line.off for line in view.lines)
    )


@pytest.mark.parametrize("qty", [0, -1, 10_000, 10**18])
def test_quantities_have_bounds(shop: Shop, qty: int) -> None:
    """S-5: a slip of the finger is refused, and the line stays."""
    checkout.add(shop.till, COAT)
    with pytest.raises(InputError, match="quantity"):
        checkout.set_quantity(shop.till, "1", qty)
    with pytest.raises(InputError, match="quantity"):
        checkout.add(shop.till, COAT, qty)
    assert checkout.view(shop.till).pieces == 1


def test_manual_prices_and_discounts_have_bounds_and_reasons(shop: Shop) -> None:
    """S-5: and nothing of a refused change stays."""
    checkout.add(shop.till, COAT)
    for price, reason in ((-1, "x"), (10**18, "x"), (100, "  "), (100, "长" * 201)):
        with pytest.raises(InputError):
            checkout.set_price(shop.till, "1", price, reason)
    for kind, value in (("amount_off", 0), ("amount_off", 10**18), ("percent_off", 10_001), ("half_off", 1)):
        with pytest.raises(InputError, match="discount"):
            checkout.discount(shop.till, kind, value, "x")
    with pytest.raises(NotFound, match="unknown_line"):
        checkout.discount(shop.till, "amount_off", 1, "x", lines=("9",))
    with pytest.raises(NotFound, match="unknown_line"):
        checkout.set_price(shop.till, "9", 1, "x")
    with pytest.raises(NotFound, match="unknown_product"):
        checkout.add(shop.till, "X")
    assert checkout.view(shop.till).total == 25900


def test_a_manual_price_and_back(shop: Shop) -> None:
    checkout.add(shop.till, COAT, 2)
    view = checkout.set_price(shop.till, "1", 20000, " 样  衣 ")
    assert (view.total, view.manual_off, view.lines[0].manual_price) == (40000, 11800, True)
    assert checkout.add(shop.till, COAT).lines[1].qty == 1, "another piece is not at that price"
    checkout.remove(shop.till, "2")
    assert checkout.set_price(shop.till, "1", None, "").total == 51800


def test_over_the_limit_a_manager_is_asked_and_named(shop: Shop) -> None:
    """T-68: for this one act; the approver is on the line."""
    shop.hq.setting("discount_limit_bp", 1000)
    checkout.add(shop.till, COAT)
    assert checkout.discount(shop.till, "amount_off", 2590, "污渍").total == 23310
    checkout.remove_discount(shop.till, shop.till.selling.cart.discounts[0].id)
    acts: list[Callable[[Staff | None], object]] = [
        lambda approver: checkout.discount(shop.till, "amount_off", 2591, "污渍", approver=approver),
        lambda approver: checkout.discount(shop.till, "percent_off", 1001, "污渍", approver=approver),
        lambda approver: checkout.set_price(shop.till, "1", 23309, "污渍", approver=approver),
    ]
    for act in acts:
        with pytest.raises(Refused, match="needs_approval"):
            act(None)
        with pytest.raises(Refused, match="not_manager"):
            act(Staff("G2", "王", "", frozenset({"guide"})))
    manager = login.approve(shop.till, "9999", "set_price")
    view = checkout.set_price(shop.till, "1", 10000, "样衣", approver=manager)
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    sale = sales.by_id(shop.till.db, payment.complete(shop.till, view.cart_id).sale_id)
    assert sale is not None
    assert (sale.lines[0].approver, sale.lines[0].reason) == ("B1", "样衣")


def test_small_discounts_add_up_against_the_limit(shop: Shop) -> None:
    """S-23: twice eight per cent is more than ten, whether by price or by discount."""
    shop.hq.setting("discount_limit_bp", 1000)
    checkout.add(shop.till, COAT)
    checkout.set_price(shop.till, "1", 23900, "污渍")
    with pytest.raises(Refused, match="needs_approval"):
        checkout.discount(shop.till, "amount_off", 1000, "污渍")
    checkout.discount(shop.till, "amount_off", 500, "污渍")
    with pytest.raises(Refused, match="needs_approval"):
        checkout.set_price(shop.till, "1", 23500, "污渍")
    manager = login.approve(shop.till, "9999", "discount")
    checkout.discount(shop.till, "amount_off", 9000, "样衣", approver=manager)
    assert checkout.discount(shop.till, "amount_off", 50, "污渍").total == 23900 - 500 - 9000 - 50


def beyond_at_payment(shop: Shop) -> None:
    """A discount within the limit over two articles, of which one leaves the cart."""
    shop.hq.setting("discount_limit_bp", 1000)
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT)
    checkout.discount(shop.till, "amount_off", 3000, "污渍")
    checkout.remove(shop.till, "1")


def test_a_discount_that_outgrew_its_lines_needs_a_manager_before_payment(shop: Shop) -> None:
    """S-23: give the limit on a full cart, then take the dear article out."""
    beyond_at_payment(shop)
    with pytest.raises(Refused, match="needs_approval") as refused:
        payment.open(shop.till)
    assert refused.value.params == {"limit_bp": 1000, "why": "at_payment"}
    assert checkout.view(shop.till).paying is False
    with pytest.raises(Refused, match="not_manager"):
        payment.open(shop.till, Staff("G2", "王", "", frozenset({"guide"})))
    manager = login.approve(shop.till, "9999", "discount")
    view = payment.open(shop.till, manager)
    assert (view.paying, shop.till.selling.cart.discounts[0].approver) == (True, "B1")
    payment.cancel(shop.till)
    assert payment.open(shop.till).paying, "approved once is approved while the cart stays"


def test_what_a_manager_gives_needs_nobody_else(shop: Shop) -> None:
    login.log_in(shop.till, "9999")
    beyond_at_payment(shop)
    assert payment.open(shop.till).paying


def told(shop: Shop) -> list[str]:
    """Who let discounts by hand pass, as HQ reads it of the sale that is paid now."""
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, checkout.view(shop.till).cart_id)
    (body,) = [json.loads(body) for (body,) in shop.rows("SELECT body FROM fact WHERE kind = 'SaleCompleted'")]
    given = {one["source"] for line in body["lines"] for one in line["discounts"]}
    assert {f"manual:{one['discount']}" for one in body.get("approvals", ())} <= given
    return [one["approver"] for one in body.get("approvals", ())]


def test_the_sale_says_who_let_a_discount_pass(shop: Shop) -> None:
    """T-68: for ever and in the chain; it was in the open cart alone."""
    checkout.add(shop.till, COAT)
    checkout.discount(shop.till, "percent_off", 5000, "样衣", approver=login.approve(shop.till, "9999", "discount"))
    payment.open(shop.till)
    assert told(shop) == ["B1"]


def test_a_manager_who_opens_payment_is_named_though_a_cashier_takes_the_money(shop: Shop) -> None:
    shop.hq.setting("discount_limit_bp", 1000)
    login.log_in(shop.till, "9999")
    checkout.add(shop.till, COAT)
    checkout.discount(shop.till, "percent_off", 9000, "样衣")
    payment.open(shop.till)
    login.log_out(shop.till)
    login.log_in(shop.till, "1111")
    assert told(shop) == ["B1"]


def test_a_discount_within_the_limit_names_nobody(shop: Shop) -> None:
    shop.hq.setting("discount_limit_bp", 1000)
    login.log_in(shop.till, "9999")
    checkout.add(shop.till, COAT)
    checkout.discount(shop.till, "percent_off", 500, "样衣")
    payment.open(shop.till)
    assert told(shop) == []


def test_a_tenth_of_an_odd_price_is_a_tenth(shop: Shop) -> None:
    """What the limit let through when it was given is let through at payment: a part of a fen is rounding."""
    shop.hq.setting("discount_limit_bp", 1000)
    shop.hq.price(SHIRT, 5905, "q-odd")
    checkout.add(shop.till, SHIRT)
    checkout.discount(shop.till, "percent_off", 1000, "污渍")
    checkout.add(shop.till, COAT)
    assert payment.open(shop.till).total == 5905 + 25900 - 3181


def test_a_price_by_hand_is_judged_by_the_list_price_at_payment(shop: Shop) -> None:
    """S-23: HQ's price went up meanwhile, and with it what the cashier gives."""
    shop.hq.setting("discount_limit_bp", 1000)
    checkout.add(shop.till, COAT)
    checkout.set_price(shop.till, "1", 23310, "污渍")
    shop.hq.price(COAT, 29900, "r-dear")
    with pytest.raises(Refused, match="needs_approval"):
        payment.open(shop.till)
    payment.open(shop.till, login.approve(shop.till, "9999", "discount"))
    assert shop.till.selling.cart.lines[0].approver == "B1"


def test_a_price_on_the_label_is_no_gift(shop: Shop) -> None:
    """HQ's rule gives it; and nobody passes off a price of their own as one."""
    shop.hq.setting("discount_limit_bp", 0)
    shop.hq.setting("embedded_codes", [{"prefix": "22", "layout": "PPIIIIIVVVVVK"}])
    shop.hq.send(GLOBAL, product_row("SOCKS", "袜子", gtins=["2201234"]))
    shop.hq.price("SOCKS", 2000, "q-socks")
    assert checkout.scan(shop.till, ean13("220123400990")).view.total == 990
    assert payment.open(shop.till).total == 990
    payment.cancel(shop.till)
    with pytest.raises(InputError, match="reason"):
        checkout.set_price(shop.till, "1", 1, "embedded_code")


def test_voiding_keeps_the_reason(shop: Shop) -> None:
    checkout.add(shop.till, COAT)
    with pytest.raises(InputError, match="reason"):
        checkout.void(shop.till, "")
    old = checkout.view(shop.till).cart_id
    empty = checkout.void(shop.till, "顾客改主意")
    assert (empty.lines, empty.cart_id != old, empty.guide_id) == ((), True, "G1")
    ((staff, detail),) = shop.rows("SELECT staff, detail FROM audit WHERE action = 'void'")
    assert (staff, json.loads(detail)["total"], json.loads(detail)["reason"]) == ("G1", 25900, "顾客改主意")
    assert checkout.void(shop.till, "").lines == ()


def test_every_line_may_have_its_guide(shop: Shop) -> None:
    """T-69: performance goes to who sold the line; the own guide shares by HQ's rate; the cashier is another ledger."""
    shop.hq.setting("own_guide_bp", 2000)
    checkout.set_member(shop.till, "M1")
    checkout.add(shop.till, COAT)
    checkout.add(shop.till, SHIRT)
    with pytest.raises(NotFound, match="unknown_staff"):
        checkout.set_guide(shop.till, "X9")
    view = checkout.set_guide(shop.till, "G2", line="2")
    assert [line.guide_name for line in view.lines] == ["林", "王"]
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    sale = sales.by_id(shop.till.db, payment.complete(shop.till, view.cart_id).sale_id)
    assert sale is not None
    assert {(share.line, share.guide, share.role, share.amount) for share in sale.shares} == {
        ("1", "G1", "selling", 19120), ("1", "G2", "own", 4780), ("2", "G2", "selling", 5900),
    }  # fmt: skip
    assert sum(share.amount for share in sale.shares) == sale.total
    assert (sale.cashier, sale.own_guide) == ("G1", "G2")


ACTS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from([COAT, SHIRT, LEGGINGS]), st.integers(1, 5)),
    st.tuples(st.just("qty"), st.integers(1, 4), st.integers(1, 9)),
    st.tuples(st.just("remove"), st.integers(1, 4), st.just(0)),
    st.tuples(st.just("price"), st.integers(1, 4), st.integers(0, 30_000)),
    st.tuples(st.just("discount"), st.sampled_from(["amount_off", "percent_off"]), st.integers(1, 10_000)),
    st.tuples(st.just("member"), st.sampled_from([None, "M1", "M2"]), st.just(0)),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=8), cash=st.integers(1, 60_000))
def test_every_cart_adds_up_from_the_screen_to_the_ledger(
    shop: Shop, acts: list[tuple[str, object, int]], cash: int
) -> None:
    """T-58: total = sum of lines = payments + rounding, shares sum to the total, for any cart."""
    if not shop.till.reference.book.promotions:
        shop.hq.setting("cash_rounding", 10)
        shop.hq.setting("own_guide_bp", 3333)
        shop.hq.promotion({"id": "P1", "kind": "nth_unit", "n": 3, "bp": 3333})
        shop.hq.coupon("K1", "M1", {"kind": "percent_off", "bp": 777}, single_use=False)
    checkout.void(shop.till, "x")
    for name, what, number in acts:
        view = _act(shop, name, what, number)
        assert adds_up(view)
    if checkout.view(shop.till).lines:
        _settle(shop, cash)


def _act(shop: Shop, name: str, what: object, number: int) -> CartView:
    till, lines = shop.till, checkout.view(shop.till).lines
    line = lines[int(str(what)) % len(lines)].id if lines and str(what).isdigit() else None
    if name == "add":
        return checkout.add(till, str(what), number)
    if name == "member":
        return checkout.set_member(till, str(what) if what else None)
    if name == "discount" and lines:
        return checkout.discount(till, str(what), number, "x")
    if line is None:
        return checkout.view(till)
    if name == "qty":
        return checkout.set_quantity(till, line, number)
    return checkout.remove(till, line) if name == "remove" else checkout.set_price(till, line, number, "x")


def _settle(shop: Shop, cash: int) -> None:
    view = payment.open(shop.till)
    if view.due:
        view = payment.pay(shop.till, "cash", cash)
    if view.due:
        view = payment.pay(shop.till, "cash")
    sale = sales.by_id(shop.till.db, payment.complete(shop.till, view.cart_id).sale_id)
    assert sale is not None
    assert sale.total == sum(line.net for line in sale.lines) == view.total
    assert sale.total == sum(one.amount for one in sale.payments) + sale.rounding
    assert sale.total == sum(share.amount for share in sale.shares)
