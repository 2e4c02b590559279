"""What lies sealed beside a valet order was made by a till, and HQ opens it for the first time on the order's page."""

from __future__ import annotations

import json

import pytest

from posclient.domain.facts import VALET_ORDER_PLACED
from tests.sync.hq.console.console_at_work import Visitor
from tests.sync.hq.console.test_valet_orders import guides_till
from tests.sync.hq.test_valet_effect import order
from tests.sync.hq.till_at_hq import TillAtHq, new_id

__all__ = ["guides_till"]


@pytest.mark.parametrize("plain", [b"\xff", b"no JSON", b'["name"]', b"7", b"[" * 100_000])
def test_the_page_of_an_order_is_there_whatever_is_sealed_beside_it(
    visitor: Visitor, guides_till: TillAtHq, plain: bytes
) -> None:
    placed, _ = order(guides_till, ("A", 1))
    body = json.loads(placed.body)
    side, digest = guides_till.seal(new_id(), plain)
    guides_till.seq, guides_till.previous = guides_till.seq - 1, guides_till.before
    fact = guides_till.fact(VALET_ORDER_PLACED, {**body, "side": digest}, fact_id=new_id())
    assert guides_till.codes(fact, sides=[side.model_copy(update={"fact": fact.id})]) == [("applied", None)]
    visitor.log_in()
    page = visitor.get(f"/admin/valet_order/detail?pk={fact.id}")
    assert page.status_code == 200
    assert body["number"] in page.text
    assert "没有收货地址" in page.text
