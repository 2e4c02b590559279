"""What a manager may ask about stands in the report of the shift that it was done in, whatever the clock said."""

from __future__ import annotations

from posclient.actions import checkout, drawer, login, payment, shift_report
from tests.actions.kidswear import Shop, sku


def test_a_clock_that_is_put_back_takes_no_act_out_of_the_shift(shop: Shop) -> None:
    """M7, S-16: what was taken out of carts, handed back or opened, with the clock on yesterday for a while."""
    checkout.add(shop.till, sku("A001"))
    view = payment.open(shop.till)
    payment.pay(shop.till, "cash")
    payment.complete(shop.till, view.cart_id)
    shop.clock.forward(days=-1)
    checkout.add(shop.till, sku("A001"), 2)
    view = checkout.add(shop.till, sku("T001"))
    view = checkout.remove(shop.till, view.lines[1].id)
    payment.open(shop.till)
    view = payment.pay(shop.till, "cash", 10_000)
    payment.remove(shop.till, view.payments[0].id)
    payment.pay(shop.till, "cash", 10_000)
    payment.cancel(shop.till, handed_back=True)
    checkout.void(shop.till, "test")
    drawer.note_opening(shop.till)
    login.approve(shop.till, "9999", "discount")
    shop.clock.forward(days=1, minutes=5)
    found = shift_report.report(shop.till, shop.till.person()).figures
    assert found.sales == 1
    assert {one.action: (one.count, one.amount) for one in found.acts} == {
        "approve": (1, 0), "cancel_payment": (1, 10_000), "open_drawer": (1, 0), "remove_line": (1, 5900),
        "remove_payment": (1, 10_000), "void": (1, 2 * 25900),
    }  # fmt: skip
