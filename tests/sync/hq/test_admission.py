"""All tills at once: facts first, and whoever is too many comes again later, spread."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack

import httpx
import pytest

from posclient.errors import LinkError
from sync.hq import admission, arriving
from sync.hq.admission import SPREAD_S, Admission
from sync.hq.arriving import Arriving
from sync.hq.feeds import GLOBAL, Change
from sync.hq.service import Hq
from sync.protocol import PushRequest
from sync.transport import HttpHq, Patience
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill


def play(story: Callable[[Admission], Awaitable[None]], slots: int = 1) -> None:
    async def told() -> None:
        await story(Admission(slots))

    asyncio.run(told())


async def _breathe() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_facts_go_before_reading_before_copies() -> None:
    served: list[str] = []

    async def one(gate: Admission, kind: str) -> None:
        async with gate.admitted(kind):
            served.append(kind)
            await _breathe()

    async def story(gate: Admission) -> None:
        async with gate.admitted("pull"):
            kinds = ["snapshot", "pull", "push", "pull", "push"]
            waiting = [asyncio.create_task(one(gate, kind)) for kind in kinds]
            await _breathe()
            assert served == []
        await asyncio.gather(*waiting)

    play(story)
    assert served == ["push", "push", "pull", "pull", "snapshot"]


def test_no_slot_is_lost_by_who_hangs_up() -> None:
    async def hold(gate: Admission) -> None:
        async with gate.admitted("pull"):
            await asyncio.sleep(60)

    async def story(gate: Admission) -> None:
        running, waiting = asyncio.create_task(hold(gate)), asyncio.create_task(hold(gate))
        await _breathe()
        running.cancel()  # gives its slot to who waits, who hangs up in the same moment
        await asyncio.sleep(0)
        waiting.cancel()
        late = asyncio.create_task(hold(gate))
        await _breathe()
        late.cancel()
        await asyncio.gather(running, waiting, late, return_exceptions=True)
        for _ in range(2):
            async with asyncio.timeout(1), gate.admitted("push"):
                pass
        assert (gate._free, sum(gate._here.values())) == (1, 0)

    play(story)


def test_too_many_of_a_kind_come_again_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(admission.MOST, "snapshot", 2)
    seconds: list[object] = []

    async def hold(gate: Admission) -> None:
        try:
            async with gate.admitted("snapshot"):
                await asyncio.sleep(0.01)
        except LinkError as error:
            seconds.append(error.params["seconds"])

    async def story(gate: Admission) -> None:
        await asyncio.gather(*(hold(gate) for _ in range(200)))
        async with gate.admitted("push"):
            pass

    play(story)
    assert len(seconds) == 198
    assert len(set(seconds)) > 60
    assert all(isinstance(one, int) and 1 <= one <= SPREAD_S for one in seconds)


def test_a_herd_at_the_door_does_not_keep_a_sale_out(
    hq_server: HqServer, new_till: NewTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-21: reading is held up on purpose and its line is full: the next reader is sent away, a fact goes through."""
    till = new_till()
    go_on, reading = threading.Event(), threading.Semaphore(0)
    feeds = Hq.feeds

    def slow(hq: Hq, *asked: str) -> object:
        reading.release()
        go_on.wait(10)
        return feeds(hq, *asked)

    monkeypatch.setattr(Hq, "feeds", slow)
    monkeypatch.setitem(admission.MOST, "pull", 3)
    headers = {"Authorization": f"Bearer {till.token()}"}
    readers = [threading.Thread(target=httpx.get, args=(f"{hq_server.url}/v1/feeds",), kwargs={"headers": headers})
               for _ in range(3)]  # fmt: skip
    try:
        for reader in readers:
            reader.start()
        for _ in readers:
            assert reading.acquire(timeout=10)
        away = httpx.get(f"{hq_server.url}/v1/feeds", headers=headers)
        assert (away.status_code, away.json()["error"]) == (429, "retry_after")
        assert 1 <= int(away.headers["retry-after"]) <= SPREAD_S
        assert till.codes(till.sale()) == [("applied", None)]
    finally:
        go_on.set()
        for reader in readers:
            reader.join()


def test_fifty_snapshots_at_once_and_no_more(
    hq_server: HqServer, new_till: NewTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """protocol.md, herds, by the figures that HQ runs with: fifty tills are in, the next one comes again later, and a
    fact goes through beside them.
    """
    till = new_till()
    go_on, here = threading.Event(), hq_server.server._server.config.app.state.admission._here  # type: ignore[union-attr]
    manifest = Hq.manifest

    def slow(hq: Hq, *asked: str) -> object:
        go_on.wait(30)
        return manifest(hq, *asked)

    monkeypatch.setattr(Hq, "manifest", slow)
    address, headers = f"{hq_server.url}/v1/feeds/global/snapshot", {"Authorization": f"Bearer {till.token()}"}

    def ask() -> httpx.Response:
        return httpx.get(address, headers=headers, timeout=60)

    with ThreadPoolExecutor(50) as tills:
        try:
            asked = [tills.submit(ask) for _ in range(50)]
            ends = time.monotonic() + 30
            while here["snapshot"] < 50 and time.monotonic() < ends:
                time.sleep(0.01)
            assert not any(one.done() for one in asked)
            away = ask()
            assert (away.status_code, away.json()["error"]) == (429, "retry_after")
            assert 1 <= int(away.headers["retry-after"]) <= 120
            assert till.codes(till.sale()) == [("applied", None)]
        finally:
            go_on.set()
        assert [one.result().status_code for one in asked] == [200] * 50
    assert ask().status_code == 200


def test_whoever_begins_to_listen_stands_in_line(
    hq_server: HqServer, new_till: NewTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-21: after a restart every till of the chain comes for the news at once, and facts are to be served first."""
    headers = {"Authorization": f"Bearer {new_till().token()}"}
    go_on, reading, heard = threading.Event(), threading.Semaphore(0), threading.Event()
    feeds = Hq.feeds

    def slow(hq: Hq, *asked: str) -> object:
        reading.release()
        go_on.wait(20)
        return feeds(hq, *asked)

    def read() -> None:
        httpx.get(f"{hq_server.url}/v1/feeds", headers=headers, timeout=20)

    def listen() -> None:
        with httpx.stream("GET", f"{hq_server.url}/v1/news", headers=headers, timeout=20) as stream:
            assert stream.status_code == 200
            heard.set()

    monkeypatch.setattr(Hq, "feeds", slow)
    tills = [threading.Thread(target=read) for _ in range(admission.SLOTS)]
    try:
        for one in tills:
            one.start()
            assert reading.acquire(timeout=20)
        tills.append(threading.Thread(target=listen))
        tills[-1].start()
        assert not heard.wait(0.5)
    finally:
        go_on.set()
        for one in tills:
            one.join()
    assert heard.is_set()


def test_whoever_only_begins_a_question_keeps_nobody_out(hq_server: HqServer, new_till: NewTill) -> None:
    """S-10: as many strangers as requests are served at once, each with the head of one and nothing behind it."""
    till = new_till()
    token = till.token()
    head = b"POST /v1/challenge HTTP/1.1\r\nHost: hq\r\nContent-Length: 99\r\n\r\n{"
    place = httpx.URL(hq_server.url)
    with ExitStack() as strangers:
        for _ in range(admission.SLOTS):
            strangers.enter_context(socket.create_connection((place.host, place.port or 0))).sendall(head)
        answer = httpx.get(f"{hq_server.url}/v1/feeds", headers={"Authorization": f"Bearer {token}"}, timeout=5)
        assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/v1/push", "/v1/hold", "/v1/visit", "/v1/forward/S001-1"])
def test_tills_on_hanging_lines_keep_nobody_out(hq_server: HqServer, new_till: NewTill, path: str) -> None:
    """T-20: as many known tills as requests are served at once, each with the first byte of what it has to say."""
    till = new_till()
    token = till.token()
    head = f"POST {path} HTTP/1.1\r\nHost: hq\r\nAuthorization: Bearer {token}\r\nContent-Length: 99\r\n\r\n{{".encode()
    place = httpx.URL(hq_server.url)
    with ExitStack() as lines:
        till.api = lines.enter_context(HttpHq(hq_server.url, till.signer, Patience(read=5)))
        for _ in range(admission.SLOTS):
            lines.enter_context(socket.create_connection((place.host, place.port or 0))).sendall(head)
        assert till.codes(till.sale()) == [("applied", None)]


def test_a_till_that_does_not_read_its_answers_keeps_nobody_out(hq_server: HqServer, new_till: NewTill) -> None:
    """T-20: a line that hangs on the way back. HQ has one place here, and the till asks eight times for two MiB."""
    till = new_till()
    made = [Change(GLOBAL, "tier", str(n), {"id": str(n), "name": secrets.token_hex(40_000)}) for n in range(50)]
    hq_server.publish(*made)
    manifest = till.api.manifest(GLOBAL)
    hq_server.server._server.config.app.state.admission._free = 1  # type: ignore[union-attr]
    path, token = f"/v1/snapshots/{manifest.snapshot}/0", till.token()
    head = f"GET {path} HTTP/1.1\r\nHost: hq\r\nAuthorization: Bearer {token}\r\n\r\n"
    place = httpx.URL(hq_server.url)
    with ExitStack() as lines:
        other = lines.enter_context(HttpHq(hq_server.url, till.signer, Patience(read=5)))
        line = lines.enter_context(socket.create_connection((place.host, place.port or 0)))
        line.sendall(8 * head.encode())
        time.sleep(0.5)  # until no more fits on its way
        assert other.push(PushRequest(facts=[till.sale()])).received_seq == 1


def test_a_body_that_does_not_come_is_waited_for_no_longer_than_a_till_would(
    hq_server: HqServer, new_till: NewTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-10: a till has given up by then; its place is for others."""
    monkeypatch.setattr(arriving, "BODY_S", 0.2)
    till = new_till()
    head = f"POST /v1/push HTTP/1.1\r\nHost: hq\r\nAuthorization: Bearer {till.token()}\r\nContent-Length: 99\r\n\r\n{{"
    place = httpx.URL(hq_server.url)
    with socket.create_connection((place.host, place.port or 0), timeout=5) as line:
        line.sendall(head.encode())
        assert line.recv(1000).startswith(b"HTTP/1.1 429")
    assert till.codes(till.sale()) == [("applied", None)]


def test_a_till_whose_line_breaks_in_the_middle_of_a_batch_is_no_bug(
    hq_server: HqServer, new_till: NewTill, caplog: pytest.LogCaptureFixture
) -> None:
    """T-20: shops hang up all day, and a log full of traces hides the one that matters."""
    caplog.set_level(logging.INFO, logger="sync.hq.watching")
    till = new_till()
    head = f"POST /v1/push HTTP/1.1\r\nHost: hq\r\nAuthorization: Bearer {till.token()}\r\nContent-Length: 99\r\n\r\n{{"
    place = httpx.URL(hq_server.url)
    with socket.create_connection((place.host, place.port or 0), timeout=5) as line:
        line.sendall(head.encode())
    ends = time.monotonic() + 30
    while "hung up" not in caplog.messages and time.monotonic() < ends:
        time.sleep(0.01)
    assert "hung up" in caplog.messages
    assert till.codes(till.sale()) == [("applied", None)]


async def _parts(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def test_bodies_that_wait_have_a_bound_and_the_usual_one_has_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """S-10: whoever makes HQ hold much is in nobody's way but that of others who bring much."""
    monkeypatch.setattr(arriving, "MOST_TOGETHER", 1000)

    async def story() -> None:
        bodies = Arriving()
        async with AsyncExitStack() as here:
            for _ in range(4):
                await here.enter_async_context(bodies.body(_parts(b"x" * 200, b"x" * 50), 400))
            await here.enter_async_context(bodies.body(_parts(b"x" * 200), 400))
            with pytest.raises(LinkError, match="retry_after") as away:
                await here.enter_async_context(bodies.body(_parts(b"x" * 100, b"x" * 101), 400))
            assert away.value.params["seconds"] in range(1, SPREAD_S + 1)
            with pytest.raises(LinkError, match="too_large"):
                await here.enter_async_context(bodies.body(_parts(b"x" * 100, b"x" * 301), 400))
            assert len(await here.enter_async_context(bodies.body(_parts(b"x" * 160), 400))) == 160
        assert (bodies._here, bodies._bytes) == (0, 0)

    asyncio.run(story())
