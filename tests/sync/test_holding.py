"""The question at the counter: a real HQ answers it; one that does not answer in a second is no HQ."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from threading import Event
from threading import enumerate as enumerate_threads

import pytest

from posclient.errors import LinkError, PosError
from sync.asking import HoldRequest, VisitRequest
from sync.enrolment import Enrolment, enrol
from sync.holding import Holder
from sync.hq.chain_tables import CouponRow, MemberRow
from sync.transport import HttpHq, Patience
from tests.sync.conftest import HqServer
from tests.sync.hq.till_at_hq import new_id
from tests.sync.odd_server import odd_server
from tests.sync.tills import HandClock

CALM = Patience(connect=10.0, read=10.0, reply=10.0, chunk=10.0)
ASKED = HoldRequest(coupons=["K1", "K2"])


def enrolled(folder: Path, server: HqServer, slot: int = 1) -> Path:
    wanted = Enrolment(server.url, server.code("S001", slot), "file")
    enrol(folder, wanted, HttpHq, HandClock(), new_id)
    return folder


def test_hq_keeps_a_coupon_for_the_till_that_asked(tmp_path: Path, hq_server: HqServer) -> None:
    """protocol.md, coupons: over HTTP, on a line of its own."""
    with hq_server.database.write() as session:
        session.add(CouponRow(id="K1", member="M1", single_use=True, data="{}"))
    first, second = (Holder(enrolled(tmp_path / f"{slot}", hq_server, slot), CALM) for slot in (1, 2))
    reply = first.ask(ASKED).result(10)
    assert [one.coupon for one in reply.held] == ["K1"]
    assert [(one.coupon, one.code) for one in reply.refused] == [("K2", "unknown")]
    assert [(one.code, one.store) for one in second.ask(ASKED).result(10).refused][:1] == [("held_here", "S001-1")]
    assert first.ask(ASKED).result(10).held[0].coupon == "K1"
    first.close()
    second.close()


def test_hq_tells_whose_a_code_is(tmp_path: Path, hq_server: HqServer) -> None:
    """protocol.md, members: a member of another store, over HTTP."""
    with hq_server.database.write() as session:
        session.add(MemberRow(id="M1", code="C1", phone_index="x", home_store="S002", data="{}"))
    here = Holder(enrolled(tmp_path / "till", hq_server), CALM)
    assert [here.visit(VisitRequest(code=code)).result(10).member for code in ("C1", "C9")] == ["M1", ""]
    here.close()


def test_an_hq_that_is_slow_is_let_go_within_the_counters_patience(tmp_path: Path, hq_server: HqServer) -> None:
    """T-21, S-10: a byte now and then does not hold a customer up."""
    folder = enrolled(tmp_path, hq_server)
    slowly: list[bytes | float] = [0.3, b"X-Slow: 1\r\n"]
    with odd_server([b"HTTP/1.1 200 OK\r\n", *(slowly * 20)]) as url:
        from posclient.db.connection import TILL_FILE, connect

        con = connect(folder / TILL_FILE)
        con.execute("UPDATE terminal SET hq_url = ?", (url,))
        con.close()
        slow, began = Holder(folder), time.monotonic()
        with pytest.raises(LinkError, match="timeout"):
            slow.ask(ASKED).result(10)
    slow.close()
    assert time.monotonic() - began < 3


def test_a_folder_that_is_no_till_is_told(tmp_path: Path) -> None:
    with pytest.raises(PosError):
        Holder(tmp_path).ask(ASKED).result(10)


def test_a_bug_is_told_to_whoever_waits(tmp_path: Path, hq_server: HqServer) -> None:
    folder = enrolled(tmp_path, hq_server)
    broken = Holder(folder)
    broken._patience = "none"  # type: ignore[assignment]
    with pytest.raises(LinkError, match="bug"):
        broken.ask(ASKED).result(10)


def test_a_name_server_that_does_not_answer_holds_up_nobody(
    tmp_path: Path, hq_server: HqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-21: no time-out of a connection bounds the look-up of a name. Neither a customer nor the program's end waits
    for it, and a question that is old by the time that its turn comes is not asked any more."""
    folder, looked_up, going_on = enrolled(tmp_path, hq_server), Event(), Event()

    def look_up(*_: object, **__: object) -> None:
        looked_up.set()
        going_on.wait(10)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    holder, began = Holder(folder, Patience(connect=0.1, read=0.1, reply=0.1)), time.monotonic()
    for _ in range(2):
        with pytest.raises(LinkError, match="timeout"):
            holder.ask(ASKED).result(5)
    assert looked_up.is_set()
    looked_up.clear()
    holder.close()
    assert time.monotonic() - began < 3
    going_on.set()
    for thread in (one for one in enumerate_threads() if one.name == "hold"):
        thread.join(5)
    assert not looked_up.is_set()
