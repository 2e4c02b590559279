"""A price by hand may be a dearer one."""

from __future__ import annotations

from posclient.actions import checkout, payment, receipts
from posclient.devices.receipt_labels import load_labels
from posclient.domain.receipt_layout import lay_out
from posclient.domain.slip_rows import Row
from tests.actions.kidswear import Shop, sku


def test_a_slip_does_not_say_that_less_than_nothing_was_saved(shop: Shop) -> None:
    checkout.add(shop.till, sku("A001"))
    view = checkout.set_price(shop.till, "1", 29900, "加绣字")
    payment.open(shop.till)
    payment.pay(shop.till, "cash")
    slip = receipts.receipt(shop.till, payment.complete(shop.till, view.cart_id).sale_id)
    said = [
        f"{row.left} {row.right}".strip() for row in lay_out(slip, load_labels("zh_CN"), 32) if isinstance(row, Row)
    ]
    assert "改价 40.00" in said
    assert not [text for text in said if text.startswith("已省")]
