"""Half of a sign (a lone surrogate, of an emoji that was cut in two) in whatever a person may type or scan (S-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from posclient.actions import care, checkout, login, members, payment, search, valet
from posclient.actions.views import ScanKind
from posclient.db import audit, sales
from posclient.domain.valet import Address
from posclient.errors import InputError, NotFound, Refused
from tests.actions.kidswear import Shop, sku

HALF = "\ud83d"
COAT = sku("A001")


@pytest.mark.parametrize("text", [HALF, f"A001{HALF}", f"{HALF}139"])
def test_a_look_up_finds_nothing_and_breaks_nothing(shop: Shop, text: str) -> None:
    till = shop.till
    assert checkout.scan(till, text).kind is ScanKind.REFUSED
    assert checkout.claim(till, text).kind is ScanKind.REFUSED
    assert search.products(till, text) == ()
    assert members.find(till, text) == ()
    assert valet.find(till, text) is None


def test_a_member_is_found_by_what_is_left(shop: Shop) -> None:
    assert [one.id for one in members.find(shop.till, f"1391234{HALF}1234")] == ["M1"]


def test_free_text_is_kept_without_it(shop: Shop) -> None:
    """T-4: above all what stands beside a card payment: the money is taken when it is typed."""
    till = shop.till
    checkout.set_member(till, "M1")
    line = checkout.add(till, COAT).lines[0].id
    checkout.set_price(till, line, 20000, f"stain {HALF}")
    checkout.discount(till, "amount_off", 100, f"{HALF}regular  {HALF} customer")
    cart = payment.open(till).cart_id
    payment.begin_card(till)
    payment.end_card(till, approved=True, reference=f"ref{HALF}")
    sale = sales.by_id(till.db, payment.complete(till, cart).sale_id)
    assert sale is not None
    assert [one.reference for one in sale.payments] == ["ref"]
    assert sale.lines[0].reason == "stain"
    assert "regular customer" in str(sale.priced) or "regular customer" in str(sale.lines)
    (task, *_) = care.due(till, "G2", till.now() + timedelta(days=60))
    assert care.change(till, task.id, "done", f"called{HALF}").note == "called"
    checkout.add(till, COAT)
    checkout.void(till, f"{HALF}left")
    assert audit.recent(till.db, 1)[0].detail["reason"] == "left"


def test_an_address_is_kept_without_it(shop: Shop) -> None:
    where = Address(f"王{HALF}", "13912341234", f"人民路 {HALF} 1 号")
    order = valet.place(shop.till, [(COAT, 1)], None, where, 0, "G1")
    assert order.number.startswith("S001-1-V")


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda shop: checkout.void(shop.till, HALF), InputError),
        (lambda shop: checkout.discount(shop.till, "amount_off", 1, HALF), InputError),
        (lambda shop: members.register(shop.till, "13755556666", HALF), InputError),
        (lambda shop: members.register(shop.till, f"137{HALF}", ""), InputError),
        (lambda shop: login.log_in(shop.till, f"1111{HALF}"), Refused),
        (lambda shop: login.log_in_by_badge(shop.till, HALF, "1111"), NotFound),
    ],
)
def test_where_nothing_is_left_it_is_refused_as_ever(
    shop: Shop, act: Callable[[Shop], object], error: type[Exception]
) -> None:
    checkout.add(shop.till, COAT)
    with pytest.raises(error):
        act(shop)
