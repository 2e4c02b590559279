"""What lies sealed beside a valet order was made by a till, and HQ opens it for the first time on the order's page."""

from __future__ import annotations

import json

import pytest
from httpx import Response

from posclient.domain.facts import VALET_ORDER_PLACED
from tests.sync.hq.console.console_at_work import Visitor
from tests.sync.hq.console.test_valet_orders import guides_till
from tests.sync.hq.test_valet_effect import order
from tests.sync.hq.till_at_hq import TillAtHq, new_id

__all__ = ["guides_till"]


def page_of_order(visitor: Visitor, till: TillAtHq, plain: bytes) -> tuple[Response, str]:
    """Of an order with these bytes sealed beside it, and the order's number."""
    placed, _ = order(till, ("A", 1))
    body = json.loads(placed.body)
    side, digest = till.seal(new_id(), plain)
    till.seq, till.previous = till.seq - 1, till.before
    fact = till.fact(VALET_ORDER_PLACED, {**body, "side": digest}, fact_id=new_id())
    assert till.codes(fact, sides=[side.model_copy(update={"fact": fact.id})]) == [("applied", None)]
    visitor.log_in()
    return visitor.get(f"/admin/valet_order/detail?pk={fact.id}"), body["number"]


@pytest.mark.parametrize("plain", [b"\xff", b"no JSON", b'["name"]', b"7", b"[" * 100_000])
def test_the_page_of_an_order_is_there_whatever_is_sealed_beside_it(
    visitor: Visitor, guides_till: TillAtHq, plain: bytes
) -> None:
    page, number = page_of_order(visitor, guides_till, plain)
    assert page.status_code == 200
    assert number in page.text
    assert "没有收货地址" in page.text
