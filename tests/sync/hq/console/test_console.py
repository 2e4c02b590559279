"""HQ's console as a browser asks for it: who gets in, what is shown, and what cannot be done."""

from __future__ import annotations

import io
import json
import logging
import threading
import time
from collections import Counter

import pytest
from sqlmodel import select

from posclient.errors import LinkError, Refused
from sync.hq import administrators
from sync.hq.administrators import MOST_WRONG, TRY_MINUTES, Door, remove, set_password
from sync.hq.chain_tables import CouponRow
from sync.hq.clock import UtcClock
from sync.hq.console.login import COOKIE
from sync.hq.console.masking import masked, shown_body
from sync.hq.fact_tables import FactRow, PaymentRow
from sync.hq.server import JsonLines
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import NAME, PASSWORD, PHONE, Visitor
from tests.sync.hq.till_at_hq import TillAtHq
from tests.sync.tills import HandClock
from ui.cli import main

LISTS = (
    "quarantine", "incident", "loss", "exception", "sale", "fact", "coupon", "coupon_lease", "value_account",
    "value_lease", "act", "removal", "valet_order",
)  # fmt: skip


def test_nothing_is_shown_without_a_login(visitor: Visitor) -> None:
    paths = ["/admin/", "/admin/imports", "/admin/imports/jobs", *(f"/admin/{one}/list" for one in LISTS)]
    paths += ["/admin/tills", "/admin/tills/S001-1", "/admin/csv/loss", "/admin/fact/detail?pk=1"]
    for path in [*paths, "/admin/_api/quarantine/row-action"]:
        reply = visitor.get(path)
        assert reply.status_code in (303, 405), path
        assert "S001" not in reply.text
    form = visitor.post("/admin/tills/S001-1/revoke", data={"csrftoken": visitor.token()})
    assert form.headers["location"].partition("?")[0].endswith("/login")
    put = visitor.put("/admin/imports/jobs/x/members.csv", content=b"x", headers=visitor.forms_token())
    for reply in (visitor.act("quarantine", "retry", "1"), visitor.revoke(), put):
        assert (reply.status_code, set(reply.json())) == (400, {"error", "msg"})


def test_a_session_is_a_cookie_that_scripts_and_other_sites_do_not_get(visitor: Visitor) -> None:
    reply = visitor.log_in()
    assert reply.status_code == 303
    cookie = reply.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    for flag in ("HttpOnly", "SameSite=strict", "Path=/admin", "Max-Age=36000"):
        assert flag in cookie
    assert visitor.get("/admin/").status_code == 200
    visitor.post("/admin/logout", headers=visitor.forms_token())
    assert visitor.get("/admin/").status_code == 303


def test_a_cookie_that_we_did_not_sign_is_nobody(visitor: Visitor) -> None:
    visitor.log_in()
    made = visitor.cookies[COOKIE]
    for spoiled in (made[:-2], f"x{made}", "W10.x.y", ""):
        visitor.cookies.clear()
        visitor.cookies.set(COOKIE, spoiled)
        assert visitor.get("/admin/").status_code == 303
    visitor.cookies.clear()
    visitor.cookies.set(COOKIE, made)
    assert visitor.get("/admin/").status_code == 200


def test_a_session_ends_with_the_password_and_with_the_administrator(visitor: Visitor, hq_server: HqServer) -> None:
    visitor.log_in()
    set_password(hq_server.database, UtcClock(), NAME, "another password")
    assert visitor.get("/admin/").status_code == 303
    visitor.log_in(password="another password")
    assert visitor.get("/admin/").status_code == 200
    remove(hq_server.database, UtcClock(), NAME)
    assert visitor.get("/admin/").status_code == 303


def test_wrong_passwords_are_slowed_down(visitor: Visitor) -> None:
    """S-23: five tries of a name, known or not; then the right password does not help either."""
    for name in (NAME, "nobody"):
        for _ in range(MOST_WRONG):
            assert "密码不对" in visitor.log_in(name, "wrong password").text
        assert "尝试次数太多" in visitor.log_in(name, PASSWORD).text
    assert COOKIE not in visitor.cookies


def test_tries_that_come_at_once_are_as_many_tries(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-23: while one is worked out, which takes a tenth of a second and 32 MiB, forty others would slip in."""
    monkeypatch.setattr(administrators, "_NOBODY", "scrypt$16384$8$1$AAAA$AAAA")
    door = Door(hq_server.database, UtcClock())
    said: list[str] = []

    def guess() -> None:
        try:
            said.append(str(door.check("nobody", "a wrong password")))
        except Refused as error:
            said.append(error.code)

    guesses = [threading.Thread(target=guess) for _ in range(12)]
    for one in guesses:
        one.start()
    for one in guesses:
        one.join()
    assert Counter(said) == {"None": MOST_WRONG, "too_many_tries": 12 - MOST_WRONG}


def test_right_passwords_are_no_wrong_tries(hq_server: HqServer) -> None:
    door = Door(hq_server.database, UtcClock())
    assert all(door.check(NAME, PASSWORD) for _ in range(MOST_WRONG + 2))


def test_after_a_while_the_right_password_is_taken_again(hq_server: HqServer) -> None:
    clock = HandClock()
    set_password(hq_server.database, clock, NAME, PASSWORD)
    door = Door(hq_server.database, clock)
    for _ in range(MOST_WRONG):
        assert door.check(NAME, "wrong password") is None
    clock.forward(minutes=TRY_MINUTES, seconds=1)
    assert door.check(NAME, PASSWORD) is not None


def test_a_forged_request_is_refused(visitor: Visitor, till: HttpHq) -> None:
    """Another site's form has the cookie at best, never the token."""
    visitor.log_in()
    for headers in ({}, {"X-CSRFToken": "x"}):
        for path in ("tills/S001-1/revoke", "_api/quarantine/row-action?name=retry&pk=1"):
            assert visitor.post(f"/admin/{path}", headers=headers).status_code == 403
        assert visitor.post("/admin/imports/jobs", headers=headers).status_code == 403
    assert till.feeds().feeds


def test_bodies_are_bounded_before_anybody_reads_them(visitor: Visitor) -> None:
    """S-9: the library reads a form whole, also a stranger's."""
    assert visitor.post("/admin/login", content=b"x" * 70_000).status_code == 413
    assert visitor.post("/admin/login", content=iter([b"x" * 100])).status_code == 411
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    upload = "/admin/imports/jobs/x/products.csv"
    assert visitor.put(upload, content=b"x" * 70_000, headers=form).status_code == 413
    assert visitor.put(upload, content=b"x" * 70_000, headers={**form, "X-CSRFToken": "x"}).status_code == 403


def test_lists_can_only_be_read(visitor: Visitor) -> None:
    visitor.log_in()
    headers = visitor.forms_token()
    for view in LISTS:
        assert visitor.get(f"/admin/{view}/list").status_code == 200
        for path in ("create", "edit?pk=1"):
            assert visitor.get(f"/admin/{view}/{path}").status_code == 403
            assert visitor.post(f"/admin/{view}/{path}", headers=headers).status_code == 403
        for path in ("import", "export", "action?name=delete&pks=1", "inline-edit?pk=1&field=code"):
            assert visitor.post(f"/admin/_api/{view}/{path}", headers=headers).status_code >= 400, path


@pytest.mark.parametrize("pk", ["", "abc", "-1", "²", "9" * 19, "9" * 5000, "%00"])
def test_a_row_that_cannot_be_is_not_there(visitor: Visitor, pk: str, caplog: pytest.LogCaptureFixture) -> None:
    """S-3: what somebody wrote into the address is no bug of ours, and no trace in the log."""
    visitor.log_in()
    for view in ("quarantine", "loss", "act"):
        assert visitor.get(f"/admin/{view}/detail?pk={pk}").status_code in {400, 404}
    for name in ("view", "settle", "retry"):
        reply = visitor.post(f"/admin/_api/quarantine/row-action?name={name}&pk={pk}", headers=visitor.forms_token())
        assert reply.status_code == 400
    assert visitor.get(f"/admin/sale/list?q={pk}").status_code in {200, 400}
    assert "bug" not in caplog.text


def test_what_went_wrong_is_shown_with_its_reason_and_without_a_phone(visitor: Visitor) -> None:
    """S-26: personal data is masked, and what a fact holds is text, never a page's code."""
    visitor.log_in()
    quarantine = visitor.get("/admin/quarantine/list").text
    assert "内容无法读懂" in quarantine
    detail = visitor.get("/admin/quarantine/detail?pk=1").text
    assert "139****5678" in detail
    assert "&lt;b&gt;ask&lt;/b&gt;" in detail
    coupons = visitor.get("/admin/coupon/list").text
    assert "M1 王** 139****5678" in coupons
    assert "优惠券已被另一笔使用" in visitor.get("/admin/exception/list").text
    assert "-1.5 s" in visitor.get("/admin/tills").text
    for text in (quarantine, detail, coupons, visitor.get("/admin/fact/list").text):
        assert PHONE not in text


def test_a_public_code_is_said_to_be_anybodys(visitor: Visitor, hq_server: HqServer) -> None:
    with hq_server.database.write() as session:
        session.add(CouponRow(id="LEAFLET", member="", single_use=False, data='{"name":"传单","rule":{},"until":null}'))
    visitor.log_in()
    assert "任何人（公开券码）" in visitor.get("/admin/coupon/list?q=LEAFLET").text


def test_a_sale_has_its_lines_and_payments(visitor: Visitor, hq_server: HqServer) -> None:
    visitor.log_in()
    with hq_server.database.read() as session:
        sale = session.exec(select(FactRow.id).where(FactRow.outcome == "applied")).first()
    detail = visitor.get(f"/admin/sale/detail?pk={sale}").text
    assert "1 × 10.00 = 10.00" in detail
    assert "现金  10.00" in detail
    assert sale is not None
    with hq_server.database.write() as session:  # of a till that is newer than HQ
        session.add(PaymentRow(fact=sale, id="p2", tender="wallet", amount=300, tendered=300, reference=""))
    assert "\nwallet  3.00" in visitor.get(f"/admin/sale/detail?pk={sale}").text


def test_a_revoked_till_is_shut_out_until_it_is_enrolled_anew(
    visitor: Visitor, till: HttpHq, hq_server: HqServer
) -> None:
    """A lost or stolen till."""
    visitor.log_in()
    assert visitor.revoke().status_code == 303
    with pytest.raises(LinkError, match="revoked"):
        till.feeds()
    assert "已停用" in visitor.get("/admin/tills?state=off").text
    again = TillAtHq(hq_server.url, hq_server.code(slot=1))
    assert again.api.feeds().feeds
    again.close()


def test_an_acts_line_names_who_did_it_and_no_line_what_was_looked_for(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    """S-26: a phone typed into a search box or the login stays out of the log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    with caplog.at_level(logging.INFO), caplog.at_level("WARNING", "uvicorn"), caplog.at_level("WARNING", "httpx"):
        visitor.log_in(PHONE, "wrong password")
        visitor.log_in()
        visitor.get(f"/admin/coupon/list?q={PHONE}")
        visitor.revoke()
    logging.getLogger().removeHandler(handler)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {"admin": NAME, "act": "revoke"}.items() <= next(one for one in lines if "act" in one).items()
    assert [one["route"] for one in lines if one["say"] == "request"][-1] == "/tills/{terminal}/revoke"
    assert PHONE not in stream.getvalue()
    assert PASSWORD not in stream.getvalue()


def test_files_are_imported_behind_the_page(visitor: Visitor) -> None:
    """Uploaded piece by piece, read in the background, faults in words."""
    visitor.log_in()
    headers = visitor.forms_token()
    job = visitor.post("/admin/imports/jobs", headers=headers).json()
    path = f"/admin/imports/jobs/{job['id']}"
    tiers = b"id,name,rank\ngold,Gold,1\nsilver,Silver,x\n"
    assert visitor.put(f"{path}/tiers.csv", content=tiers, headers=headers).status_code == 200
    refused = visitor.put(f"{path}/evil.sh", content=b"x", headers=headers)
    assert (refused.status_code, "evil.sh" in refused.json()["error"]) == (400, True)
    assert visitor.post(f"{path}/run", headers=headers).status_code == 200
    assert visitor.post(f"{path}/run", headers=headers).status_code == 400
    assert visitor.put(f"{path}/tiers.csv", content=tiers, headers=headers).status_code == 400
    assert visitor.post("/admin/imports/jobs/none/run", headers=headers).status_code == 400
    until = time.monotonic() + 10
    while (found := visitor.get("/admin/imports/jobs").json()[0])["state"] != "done" and time.monotonic() < until:
        time.sleep(0.05)
    files = {"tiers.csv": {"bytes": 41, "lines": 3, "good": 1, "bad": 1}}
    assert (found["state"], found["by"], found["files"]) == ("done", NAME, files)
    assert [fault.split(" ")[0] for fault in found["faults"]] == ["tiers.csv:3:rank:"]


def test_it_speaks_english_too(visitor: Visitor) -> None:
    visitor.log_in()
    assert "收银台" in visitor.get("/admin/tills").text
    visitor.cookies.set("language", "en")
    page = visitor.get("/admin/tills").text
    assert "Last contact" in page
    assert "收银台" not in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (PHONE, "139****5678"), (f"+86{PHONE}", "139****5678"), (f"a{PHONE}b", "a139****5678b"),
        ("2000008189804", "2000008189804"), ("S001-1-20261121-1", "S001-1-20261121-1"), ("12345678901", "12345678901"),
    ],
)  # fmt: skip
def test_a_phone_is_masked_and_a_barcode_is_not(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_body_of_anything_is_shown() -> None:
    assert shown_body(b"\xff\x00 13912345678") == "\ufffd\0 139****5678"
    assert json.loads(shown_body(b'{"phone":"021555","n":13912345678,"l":["13912345678"]}')) == {
        "phone": "*" * 6, "n": "139****5678", "l": ["139****5678"],
    }  # fmt: skip
    assert len(shown_body(b"[" * 100_000)) == 20_001


def test_the_command_sets_and_ends_a_password(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{hq_server.database.file}"
    for word, status in (("short\n", 2), ("long enough password\n", 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(word))
        assert main(["hq", "admin", "--db", url, NAME]) == status
    assert Door(hq_server.database, UtcClock()).check(NAME, "long enough password")
    monkeypatch.setattr("sys.stdin", io.StringIO("long enough password\n"))
    assert main(["hq", "admin", "--db", url, "a b"]) == 2
    assert main(["hq", "admin", "--db", url, NAME, "--remove"]) == 0
    assert main(["hq", "admin", "--db", url, NAME, "--remove"]) == 2
    assert Door(hq_server.database, UtcClock()).check(NAME, "long enough password") is None
    assert "long enough" not in capsys.readouterr().out
