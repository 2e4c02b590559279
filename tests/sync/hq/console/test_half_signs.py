"""JSON can hold half of a surrogate pair, and no page can: what a till sent of that kind is looked at all the same."""

from __future__ import annotations

import pytest
from sqlmodel import select

from posclient.domain.facts import VALET_ORDER_PLACED
from sync.hq.fact_tables import Quarantine
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import Visitor
from tests.sync.hq.console.test_addresses import page_of_order
from tests.sync.hq.console.test_valet_orders import guides_till
from tests.sync.hq.test_aside import aside
from tests.sync.hq.till_at_hq import TillAtHq

__all__ = ["guides_till"]


@pytest.mark.parametrize("said", ["M1\\ud800", "\\udc00"])
def test_the_page_of_a_fact_in_quarantine_is_there(
    visitor: Visitor, hq_server: HqServer, guides_till: TillAtHq, said: str
) -> None:
    """Nobody could see what had been put aside, nor deal with it on its page."""
    fact, side = aside(guides_till, VALET_ORDER_PLACED, "HERE")
    fact = guides_till.reforged(fact, body=fact.body.replace("HERE", said))
    assert guides_till.codes(fact, sides=[side]) == [("quarantined", "unreadable")]
    with hq_server.database.read() as session:
        number = session.exec(select(Quarantine.number).where(Quarantine.fact == fact.id)).one()
    visitor.log_in()
    page = visitor.get(f"/admin/quarantine/detail?pk={number}")
    assert page.status_code == 200
    assert fact.id in page.text
    assert said in page.text, "as the till has written it"


def test_the_page_of_an_order_is_there(visitor: Visitor, guides_till: TillAtHq) -> None:
    plain = b'{"name": "\\ud83d", "phone": "13912341234", "text": "HERE"}'
    page, _ = page_of_order(visitor, guides_till, plain)
    assert page.status_code == 200
    assert "HERE" in page.text
