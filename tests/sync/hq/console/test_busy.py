"""The console of an HQ whose database is busy or away: whoever looks or acts hears of it, and the log has it once."""

from __future__ import annotations

from collections.abc import Iterator
from logging import WARNING

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import NAME, PASSWORD, Visitor
from tests.sync.hq.test_metrics import scraped

CHINESE = "总部的数据库正忙或暂时无法连接，请稍后再试。"
ENGLISH = "HQ&#39;s database is busy or cannot be reached: try again in a moment."


@pytest.fixture
def at_work(visitor: Visitor) -> Visitor:
    """Logged in, with a form's token."""
    visitor.log_in()
    visitor.get("/admin/imports")
    return visitor


@pytest.fixture(autouse=True)
def _said_once(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No bug and no traceback: one line that names the database, and one more in HQ's figures."""
    url = request.getfixturevalue("hq_server").url
    yield
    heard = caplog.get_records("call")
    (said,) = [one for one in heard if one.levelno >= WARNING]
    assert (said.getMessage().startswith("database: database_unusable"), said.exc_info) == (True, None)
    assert scraped(url)["hq_database_errors_total", ()] == 1
    heard.clear()


def gone(server: HqServer, table: str) -> None:
    """A table that is not there answers as a database that is not."""
    with server.database.write() as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO gone"))


def is_busy(reply: httpx.Response, sentence: str = CHINESE) -> bool:
    return (reply.status_code, reply.headers["Retry-After"], sentence in reply.text) == (503, "5", True)


@pytest.mark.parametrize(("table", "path"), [
    ("administrator", "imports"), ("coupon", "coupon/list"), ("coupon", "coupon/detail?pk=K1"), ("loss", "csv/loss"),
    ("import_job", "imports/jobs"),
])  # fmt: skip
def test_a_page_says_that_the_database_is_busy(at_work: Visitor, hq_server: HqServer, table: str, path: str) -> None:
    """Whether the login, the library's session or our own asks."""
    gone(hq_server, table)
    reply = at_work.get(f"/admin/{path}")
    assert is_busy(reply)
    assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]


def test_it_says_so_in_english(at_work: Visitor, hq_server: HqServer) -> None:
    gone(hq_server, "coupon")
    at_work.cookies.set("language", "en")
    assert is_busy(at_work.get("/admin/coupon/list"), ENGLISH)


def test_the_login_says_it_too(visitor: Visitor, hq_server: HqServer) -> None:
    visitor.get("/admin/login")
    gone(hq_server, "administrator")
    assert is_busy(visitor.log_in(NAME, PASSWORD))


def test_a_session_that_cannot_be_closed_says_it_too(at_work: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library closes it when the page is made."""

    def cut(_session: Session) -> None:
        raise OperationalError("COMMIT", {}, Exception("the line was cut"))

    monkeypatch.setattr(Session, "commit", cut)
    assert is_busy(at_work.get("/admin/coupon/list"))


@pytest.mark.parametrize(("table", "method", "path", "status"), [
    ("administrator", "GET", "imports/jobs", 503), ("import_job", "POST", "imports/jobs", 503),
    ("import_job", "PUT", "imports/jobs/1/tiers.csv", 503), ("import_job", "POST", "imports/jobs/1/run", 503),
    ("quarantine", "POST", "_api/quarantine/row-action?name=settle&pk=1", 400),
    ("handled", "POST", "_api/quarantine/row-action?name=retry&pk=1", 400),
])  # fmt: skip
def test_a_script_gets_the_sentence_alone(
    at_work: Visitor, hq_server: HqServer, table: str, method: str, path: str, status: int
) -> None:
    """In the two ways in which the library's and ours read it; the library's where it is 400, and nothing else."""
    gone(hq_server, table)
    reply = at_work.request(method, f"/admin/{path}", headers=at_work.forms_token())
    assert (reply.status_code, reply.headers["Retry-After"]) == (status, "5")
    assert reply.json() == {"error": CHINESE, "msg": CHINESE}


def test_a_form_says_it_too(at_work: Visitor, hq_server: HqServer) -> None:
    """A till was not revoked."""
    gone(hq_server, "console_act")
    form = {"csrftoken": at_work.cookies["starlette_admin_csrftoken"]}
    assert is_busy(at_work.post("/admin/tills/S001-1/revoke", data=form))
