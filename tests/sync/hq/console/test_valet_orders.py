"""People at HQ see which valet orders there are, and from where each is to be sent (G1, H5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import unescape

import pytest

from posclient.domain.facts import VALET_ORDER_PLACED
from sync.hq.administrators import set_password
from sync.hq.chain_tables import StockRow, StoreRow
from sync.hq.clock import UtcClock
from sync.hq.console_tables import VIEWER
from sync.hq.erasing import drop_sides
from sync.hq.feeds import publish
from sync.hq.placing import new_store
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import NAME, PASSWORD, PHONE, Visitor
from tests.sync.hq.console.test_waiting import acts
from tests.sync.hq.test_valet_effect import order
from tests.sync.hq.till_at_hq import TillAtHq, new_id


@pytest.fixture
def guides_till(hq_server: HqServer) -> Iterator[TillAtHq]:
    """The warehouse has one piece of A."""
    with hq_server.database.write(shared=True) as session:
        publish(session, new_store(session, StoreRow(id="W001", name="中央仓", zone="z1", kind="warehouse")))
        session.add(StockRow(store="W001", sku="A", qty=1))
    till = TillAtHq(hq_server.url, hq_server.code("S001", 2))
    yield till
    till.close()


def test_orders_are_listed_with_what_hq_answered(visitor: Visitor, hq_server: HqServer, guides_till: TillAtHq) -> None:
    """The stock is taken, so somebody has to hear what to send."""
    (first, _), (second, second_id) = order(guides_till, ("A", 1)), order(guides_till, ("A", 1))
    assert guides_till.codes(first, second) == [("applied", None)] * 2
    visitor.log_in()
    page = visitor.get("/admin/valet_order/list").text
    assert [word in page for word in ("已确认", "W001", "总部无货", "10.00")] == [True] * 4
    detail = visitor.get(f"/admin/valet_order/detail?pk={first.id}").text
    assert "A  A  1 × 10.00" in detail
    for term, count in (("S001-2", 2), (second_id, 1), ("S001-1", 0), ("S001", 0)):
        found = visitor.get(f"/admin/valet_order/list?q={term}").text
        assert found.count('<td data-column="number"') == count, term


def test_an_order_is_found_by_its_number(visitor: Visitor, guides_till: TillAtHq) -> None:
    """It is what the guide reads out on the phone."""
    made, _ = order(guides_till, ("A", 1), number="S001-2-V000007")
    guides_till.push(made, order(guides_till, ("A", 1), number="S001-2-V000008")[0])
    visitor.log_in()
    found = visitor.get("/admin/valet_order/list?q=S001-2-V000007").text
    assert found.count('<td data-column="number"') == 1
    assert "S001-2-V000007" in visitor.get(f"/admin/valet_order/detail?pk={made.id}").text


def test_who_sends_an_order_reads_its_address_and_is_named_for_it(
    visitor: Visitor, hq_server: HqServer, guides_till: TillAtHq
) -> None:
    """It lies sealed beside the fact, and HQ alone can open it. A list shows none, a viewer sees none."""
    placed, _ = order(guides_till, ("A", 1))
    body = json.loads(placed.body)
    home = {"name": "王小明", "phone": PHONE, "text": "科苑路<15>号"}
    side, digest = guides_till.seal(new_id(), json.dumps(home).encode())
    guides_till.seq, guides_till.previous = guides_till.seq - 1, guides_till.before
    fact = guides_till.fact(VALET_ORDER_PLACED, {**body, "side": digest}, fact_id=new_id())
    side = side.model_copy(update={"fact": fact.id})
    assert guides_till.codes(fact, sides=[side]) == [("applied", None)]
    set_password(hq_server.database, UtcClock(), "qian", PASSWORD, VIEWER)
    visitor.log_in("qian")
    path = f"/admin/valet_order/detail?pk={fact.id}"
    assert PHONE not in visitor.get(path).text
    visitor.cookies.clear()
    visitor.log_in()
    assert PHONE not in visitor.get("/admin/valet_order/list").text
    assert acts(hq_server) == []
    assert f"王小明 · {PHONE} · 科苑路&lt;15&gt;号" in visitor.get(path).text
    assert acts(hq_server) == [(NAME, "show_address", "")]
    with hq_server.database.write() as session:
        assert drop_sides(session, [fact.id]) == 1
    assert "没有收货地址" in visitor.get(path).text
    assert len(acts(hq_server)) == 1


def test_an_order_is_sent_from_elsewhere_by_an_administrator(
    visitor: Visitor, hq_server: HqServer, guides_till: TillAtHq
) -> None:
    """The page offers who has all of it; who has not is refused with words, and a viewer is offered nothing."""
    with hq_server.database.write(shared=True) as session:
        publish(session, new_store(session, StoreRow(id="S003", name="<徐家汇>店", zone="z1", kind="store")))
        session.add(StockRow(store="S003", sku="A", qty=7))
    first, order_id = order(guides_till, ("A", 1), expected="W001")
    second, _ = order(guides_till, ("A", 9), expected="S003")
    assert guides_till.codes(first, second) == [("applied", None)] * 2
    path = f"/admin/valet_order/detail?pk={first.id}"
    set_password(hq_server.database, UtcClock(), "qian", PASSWORD, VIEWER)
    visitor.log_in("qian")
    assert "改由他处发货" not in visitor.get(path).text
    assert visitor.act("valet_order", "reroute", first.id, place="S003").status_code != 200
    visitor.cookies.clear()
    visitor.log_in()
    page = unescape(visitor.get(path).text)
    assert ("已改仓" in page, "S003 · &lt;徐家汇&gt;店 · 7" in page, "改由他处发货" in page) == (False, True, True)
    other = visitor.get(f"/admin/valet_order/detail?pk={second.id}").text
    assert ("改由他处发货" in other, "告知顾客的发货地" in other, "S003" in other) == (False, True, True)
    for place, words in (("W001", "没有备齐"), ("", "没有其他地点")):
        refused = visitor.act("valet_order", "reroute", first.id, place=place)
        assert (refused.status_code, words in refused.json()["msg"]) == (400, True)
    assert visitor.act("valet_order", "reroute", second.id, place="S003").status_code != 200
    assert acts(hq_server) == []
    said = visitor.act("valet_order", "reroute", first.id, place="S003")
    assert said.status_code == 200
    assert acts(hq_server) == [(NAME, "reroute", "W001 → S003")]
    told = guides_till.row(guides_till.me.feeds[-1], "valet_outcome", order_id)
    assert (told["state"], told["ships_from"]) == ("rerouted", "S003")
    page = unescape(visitor.get(path).text)
    assert ("已改仓" in page, "W001 · 中央仓 · 1" in page) == (True, True)
    assert "代客订单改仓" in visitor.get("/admin/act/list").text
