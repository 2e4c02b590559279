"""The proxy with TLS is on a machine of its own, as where several HQ processes share the tills."""

from __future__ import annotations

import sys

import httpx
import pytest

from sync.hq.administrators import set_password
from sync.hq.clock import UtcClock
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import NAME, PASSWORD, Visitor

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="127.0.0.2 is no address of that system")


@pytest.mark.parametrize("proxy", ["127.0.0.1", "127.0.0.2"])
def test_who_logs_in_through_a_proxy_stays_on_https(hq_server: HqServer, proxy: str) -> None:
    """A browser follows no form to http from a page that came by https: nobody gets in at all."""
    set_password(hq_server.database, UtcClock(), NAME, PASSWORD)
    said = {"X-Forwarded-Proto": "https", "Host": "hq.example.com"}
    line = httpx.HTTPTransport(local_address=proxy)
    with Visitor(base_url=hq_server.url, transport=line, headers=said) as visitor:
        shown = visitor.get("/admin/login")
        visitor.cookies.set("starlette_admin_csrftoken", shown.cookies["starlette_admin_csrftoken"])
        assert "http://" not in shown.text.replace("http://www.w3.org", "")
        reply = visitor.log_in()
    assert reply.status_code == 303
    assert "Secure" in reply.headers["set-cookie"]
    assert not reply.headers["location"].startswith("http:")


@pytest.mark.parametrize("said", [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}])
def test_nobody_is_this_machine_by_saying_so(hq_server: HqServer, said: dict[str, str]) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as line:
        assert line.get(f"{hq_server.url}/metrics", headers=said).status_code == 401
