"""A scale's label: what it says is the price, and nothing is saved, given away or lost by it."""

from __future__ import annotations

import pytest

from posclient.actions import checkout, login, payment, receipts
from posclient.db import sales
from posclient.devices.receipt_labels import load_labels
from posclient.domain.gtin import ean13
from posclient.domain.receipt_layout import lay_out
from posclient.domain.slip_rows import Row
from posclient.errors import Refused
from tests.actions.kidswear import GLOBAL, Shop, product_row, sku

#: 3.500 kg of what costs 20.00 a kilogram.
HEAVY = ean13("220123403500")


@pytest.fixture
def weighing(shop: Shop) -> Shop:
    shop.hq.setting("embedded_codes", [{"prefix": "22", "layout": "PPIIIIIWWWWWK"}])
    shop.hq.send(GLOBAL, product_row("RICE", "大米", gtins=["2201234"]))
    shop.hq.price("RICE", 2000, "q-rice")
    return shop


def test_a_weighed_line_saves_nothing(weighing: Shop) -> None:
    """Its list price is what the weight comes to, on screen, on paper and in the books: 20.00 is that of a kilogram."""
    view = checkout.scan(weighing.till, HEAVY).view
    (line,) = view.lines
    assert (line.list_price, line.unit_price, line.off, line.manual_price) == (7000, 7000, 0, False)
    assert (view.list_total, view.manual_off, view.saved) == (7000, 0, 0)
    payment.open(weighing.till)
    payment.pay(weighing.till, "cash")
    done = payment.complete(weighing.till, view.cart_id)
    sale = sales.by_id(weighing.till.db, done.sale_id)
    assert sale is not None
    assert (sale.lines[0].list_price, sale.saved) == (7000, 0)
    slip = lay_out(receipts.receipt(weighing.till, done.sale_id), load_labels("zh_CN"), 32)
    said = [f"{row.left} {row.right}".strip() for row in slip if isinstance(row, Row)]
    assert "1 x 70.00 70.00" in said
    assert not [text for text in said if "已省" in text or "改价" in text]


def test_a_weighed_line_is_not_sold_for_less_without_a_manager(weighing: Shop) -> None:
    """What is taken off it by hand is counted from what its label says, not from the price of a kilogram."""
    weighing.hq.setting("discount_limit_bp", 1000)
    checkout.scan(weighing.till, HEAVY)
    with pytest.raises(Refused, match="needs_approval"):
        checkout.set_price(weighing.till, "1", 2000, "破损")
    assert checkout.set_price(weighing.till, "1", 6300, "破损").manual_off == 700
    payment.open(weighing.till)


def test_a_price_by_hand_that_is_taken_back_leaves_the_labels(weighing: Shop) -> None:
    checkout.scan(weighing.till, HEAVY)
    checkout.set_price(weighing.till, "1", 6500, "破损")
    assert checkout.set_price(weighing.till, "1", None, "").total == 7000
    assert weighing.reopen().selling.cart.lines[0].reason == "embedded_code"


def test_the_line_of_a_label_is_the_one_that_is_marked(weighing: Shop) -> None:
    """What is pressed next is meant for it, not for the line before it."""
    checkout.add(weighing.till, sku("A001"))
    assert checkout.scan(weighing.till, HEAVY).view.touched == "2"


def test_nobody_approves_what_a_label_says(weighing: Shop) -> None:
    """S-23: the record of a sale names a manager for what they let through, and for nothing else."""
    weighing.hq.setting("discount_limit_bp", 1000)
    manager = login.approve(weighing.till, "9999", "discount")
    checkout.scan(weighing.till, HEAVY)
    checkout.scan(weighing.till, HEAVY)
    checkout.set_price(weighing.till, "1", 3000, "破损", manager)
    checkout.set_quantity(weighing.till, "1", 2)
    payment.open(weighing.till, manager)
    assert [line.approver for line in weighing.till.selling.cart.lines] == ["B1", None]
