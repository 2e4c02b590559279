"""A tax rate that none can be costs no sale."""

from __future__ import annotations

from typing import Any

import pytest

from posclient.actions import checkout, payment
from sync.hq.bodies import read_body
from tests.actions.kidswear import GLOBAL, Shop, sku

COAT = sku("A001")


@pytest.mark.parametrize(("sent", "kept"), [(-1, 0), (10**12, 0), (10_001, 0), (10_000, 10_000), (1300, 1300)])
def test_a_tax_rate_out_of_range_puts_no_sale_aside(shop: Shop, sent: int, kept: int) -> None:
    """S-5, S-11: HQ could not read the fact of a sale with such a line, and put each of them in quarantine."""
    row: dict[str, Any] = shop.hq.live[GLOBAL]["product", COAT].d or {}
    shop.hq.send(GLOBAL, ("product", COAT, row | {"tax_bp": sent}))
    cart = checkout.add(shop.till, COAT)
    payment.open(shop.till)
    payment.pay(shop.till, "cash", cart.total)
    payment.complete(shop.till, cart.cart_id)
    [(body,)] = shop.rows("SELECT body FROM fact WHERE kind = 'SaleCompleted'")
    sale: Any = read_body("SaleCompleted", 1, body)
    assert [line.tax_bp for line in sale.lines] == [kept]
