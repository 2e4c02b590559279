"""The support person's page: who is sick, why in words, and what to do."""

from __future__ import annotations

import json
import re
from html import escape

import httpx

from posclient.domain.tenders import Payment
from sync.hq.administrators import set_password
from sync.hq.clock import UtcClock, milliseconds
from sync.hq.console_tables import VIEWER
from sync.hq.fact_tables import Incident
from sync.hq.handling import settle
from sync.hq.healths import Healths
from sync.hq.tables import Terminal
from sync.transport import HttpHq
from sync.vitals import HEALTH
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import PASSWORD, Visitor
from tests.sync.hq.till_at_hq import TillAtHq


def rows(page: str) -> list[str]:
    """Tills in the order of the page."""
    return re.findall(r'data-till="([^"]+)"', page)


def says(server: HqServer, till: TillAtHq, health: str) -> None:
    """What a till says of itself."""
    headers = {"Authorization": f"Bearer {till.token()}", HEALTH: health}
    assert httpx.get(f"{server.url}/v1/feeds", headers=headers).status_code == 200


def test_the_sick_come_first_and_say_why(visitor: Visitor, hq_server: HqServer) -> None:
    """T-23: a queue that waits is seen at HQ too."""
    well, sick = (TillAtHq(hq_server.url, hq_server.code(store)) for store in ("S008", "S009"))
    says(hq_server, well, '{"unsent": 0, "program": "1.2"}')
    says(hq_server, sick, '{"unsent": 12, "oldest_unsent_s": 7300, "program": "1.1"}')
    visitor.log_in()
    page = visitor.get("/admin/tills").text
    assert rows(page) == ["S009-1", "S001-1", "S008-1"]
    assert "12 条流水未上传，最早的已等 2 小时" in page
    assert rows(visitor.get("/admin/tills?state=trouble").text) == ["S009-1"]
    assert rows(visitor.get("/admin/tills?q=s008").text) == ["S008-1"]
    assert rows(visitor.get("/admin/tills?q=nowhere").text) == []
    detail = visitor.get("/admin/tills/S009-1").text
    assert "12 · 2 小时" in detail
    assert "请门店按“立即同步”" in detail
    visitor.cookies.set("language", "en")
    assert "12 facts unsent, the oldest for 2 hours" in visitor.get("/admin/tills/S009-1").text
    for till in (well, sick):
        till.close()


def test_a_till_that_another_process_serves_is_in_contact(visitor: Visitor, hq_server: HqServer) -> None:
    """On a holiday it sells nothing and only asks, at an HQ process that is not this one."""
    now_ms = milliseconds(UtcClock())
    with hq_server.database.write() as session:
        session.get_one(Terminal, "S001-1").seen_ms = now_ms - 5 * 86_400_000
    visitor.log_in()
    hq_server.hq.contacts._seen.clear()
    assert rows(visitor.get("/admin/tills?state=trouble").text) == ["S001-1"]
    Healths(hq_server.database, UtcClock()).note("S001-1", "{}")
    assert rows(visitor.get("/admin/tills?state=trouble").text) == []


def test_a_till_that_listens_for_news_is_known(visitor: Visitor, hq_server: HqServer, till: HttpHq) -> None:
    visitor.log_in()
    assert "已连接" not in visitor.get("/admin/tills/S001-1").text
    stream = till.news()
    next(stream)
    assert "已连接" in visitor.get("/admin/tills/S001-1").text
    till.hang_up()


def test_what_a_till_calls_its_things_means_nothing_here(visitor: Visitor, hq_server: HqServer) -> None:
    """S-3: a till that is newer, or not ours, has a printer and a tender of which we have no word."""
    till = TillAtHq(hq_server.url, hq_server.code())
    odd = "{0.odd} <b>"
    says(hq_server, till, json.dumps({"printer": odd, "program": odd, "held": [odd]}))
    sale = till.sale(payments=(Payment("p1", odd, 1000, 1000),))
    till.push(sale)
    visitor.log_in()
    for page in (f"/admin/tills/{till.me.terminal}", f"/admin/sale/detail?pk={sale.id}"):
        reply = visitor.get(page)
        assert (reply.status_code, odd in reply.text, escape(odd) in reply.text) == (200, False, True)
    assert visitor.get(f"/admin/tills?page={'9' * 5000}").status_code == 200
    till.close()


def test_a_phone_in_a_note_is_masked_here_too(visitor: Visitor, hq_server: HqServer, till: HttpHq) -> None:
    """S-26."""
    with hq_server.database.write() as session:
        fork = Incident(at_ms=1, code="fork", terminal="S001-1", incarnation="i", seq=1, until_seq=1)
        session.add(fork)
        session.flush()
        settle(session, UtcClock(), "zhao", "incident", str(fork.number), "called 13912341234")
    visitor.log_in()
    page = visitor.get("/admin/tills/S001-1").text
    assert "called 139****1234" in page
    assert "13912341234" not in page


def test_a_till_names_its_stores_hub(visitor: Visitor, hq_server: HqServer, till: HttpHq) -> None:
    """The line to HQ is down there: which machine has its sales meanwhile."""
    visitor.log_in()
    assert "本店中继机" not in visitor.get("/admin/tills/S001-1").text
    hq_server.hq.hubs.appoint("S001", "S001-1", "192.168.1.20:8443")
    assert "S001-1 · 192.168.1.20:8443" in visitor.get("/admin/tills/S001-1").text


def test_a_chain_of_thousands_has_pages(visitor: Visitor, hq_server: HqServer) -> None:
    with hq_server.database.write() as session:
        session.add_all(
            Terminal(id=f"T{n:04}-1", store=f"T{n:04}", slot=1, enrolled_ms=1, seen_ms=1, incarnation="i")
            for n in range(1999)
        )
    visitor.log_in()
    first, last = visitor.get("/admin/tills?q=T").text, visitor.get("/admin/tills?q=T&page=40").text
    assert (len(rows(first)), len(rows(last)), "1951–1999 / 1999" in last) == (50, 49, True)
    assert rows(visitor.get("/admin/tills?q=T&page=x").text) == rows(first)
    assert rows(visitor.get("/admin/tills?q=T&page=99999").text) == rows(last)


def test_a_till_that_is_none_is_not_found(visitor: Visitor) -> None:
    visitor.log_in()
    assert visitor.get("/admin/tills/S777-1").status_code == 404


def test_a_viewer_looks_and_does_nothing(visitor: Visitor, hq_server: HqServer, till: HttpHq) -> None:
    """S-23: what the page does not offer is refused too."""
    set_password(hq_server.database, UtcClock(), "li", PASSWORD, VIEWER)
    visitor.log_in("li")
    for path in ("", "tills", "tills/S001-1", "quarantine/list", "loss/list", "act/list", "imports", "csv/loss"):
        assert visitor.get(f"/admin/{path}").status_code == 200, path
    assert "停用" not in re.findall(r"<form[^>]*>.*?</form>", visitor.get("/admin/tills/S001-1").text, re.DOTALL)
    assert 'id="revoke"' not in visitor.get("/admin/tills/S001-1").text
    assert "data-sa-name=" not in visitor.get("/admin/quarantine/list").text.replace('data-sa-name="view"', "")
    assert visitor.revoke().status_code == 403
    assert visitor.post("/admin/imports/jobs", headers=visitor.forms_token()).status_code == 403
    for name in ("settle", "retry"):
        assert visitor.act("quarantine", name, "1", note="seen and done").status_code >= 400
    assert till.feeds().feeds
    assert "操作记录" in visitor.get("/admin/act/list").text
