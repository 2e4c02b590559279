"""A till that is locked begins nothing: no sale, and no order for a customer either (S-21)."""

from __future__ import annotations

import pytest

from posclient.actions import checkout, valet
from posclient.db import contact
from posclient.db.instants import to_ms
from posclient.errors import Refused
from tests.actions.kidswear import Shop, sku

COAT = sku("A001")


def test_a_locked_till_takes_no_order(shop: Shop) -> None:
    """Somebody was logged in all the time; HQ, which would have to answer, has not for a month."""
    now_ms = to_ms(shop.clock.now())
    contact.note(shop.till.db, now_ms, now_ms)
    shop.clock.forward(days=29)
    assert valet.place(shop.till, ((COAT, 1),), None, None, 0, "G1").state == "unconfirmed"
    shop.clock.forward(days=1, hours=1)
    with pytest.raises(Refused, match="locked_out"):
        checkout.add(shop.till, COAT)
    with pytest.raises(Refused, match="locked_out"):
        valet.place(shop.till, ((COAT, 1),), None, None, 0, "G1")
    assert len(valet.orders(shop.till, 9)) == 1
